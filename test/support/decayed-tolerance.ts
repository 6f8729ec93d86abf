import type { FoldedCount } from '../../src/domain/update';

/** Largest relative error of rounding a number to float32. */
const FLOAT32_ROUNDING = 2 ** -24;
/** Numbers below 2^-126 have fewer digits: each rounding adds at most 2^-150 there. */
const FLOAT32_LEAST_ROUNDING = 2 ** -150;

/**
 * Largest error of a decayed count after `events` events of any kind. An event rounds it at most twice: when the counts are brought to a
 * later instant, and when the event is added. Counts are sums of non-negative numbers, so m roundings with relative error u give an error
 * of at most m·u / (1 − m·u) of the exact sum (Higham, Accuracy and Stability of Numerical Algorithms, 2002, lemma 3.1).
 * The factors of the decay are float64, with errors below 2^-44. The first event rounds nothing, and that covers them.
 */
export function decayedError(exact: number, events: number): number {
  const share = 2 * events * FLOAT32_ROUNDING;
  return (share / (1 - share)) * exact + 2 * events * FLOAT32_LEAST_ROUNDING;
}

/** Largest difference between two orders of arrival: each may deviate from the exact sum in its own direction. */
export function decayedDifference(a: number, b: number, events: number): number {
  const share = 2 * events * FLOAT32_ROUNDING;
  return 2 * decayedError(Math.max(a, b) / (1 - share / (1 - share)), events);
}

/** Number of folded events, without repeats. */
export function eventsOf(folded: readonly FoldedCount[]): number {
  return folded.reduce((sum, { count }) => sum + count, 0);
}
