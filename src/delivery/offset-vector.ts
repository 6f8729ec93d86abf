import type { OffsetVector } from '../domain/event';

/*
 * A vector that was written before a topic was added to the inputs is shorter. Its missing entries count as 0.
 */

/** Per topic, the greater of two next offsets. */
export function greater(a: OffsetVector, b: OffsetVector): number[] {
  return perTopic(a, b, 0);
}

/** Per topic, the greater of two covered offsets. These are positions of records, so "none" is −1 and not 0. */
export function greaterCovered(a: OffsetVector, b: OffsetVector): number[] {
  return perTopic(a, b, -1);
}

function perTopic(a: OffsetVector, b: OffsetVector, none: number): number[] {
  const length = Math.max(a.length, b.length);
  return Array.from({ length }, (_, topic) => Math.max(a[topic] ?? none, b[topic] ?? none));
}

/** True if a record that covers these positions (−1: none) covers one that is not yet published. */
export function coversUnpublished(covers: OffsetVector, emitted: OffsetVector): boolean {
  return covers.some((offset, topic) => offset >= (emitted[topic] ?? 0));
}

/** Topics in which `from` is behind `to`. */
export function behind(from: OffsetVector, to: OffsetVector): number[] {
  return to.flatMap((offset, topic) => ((from[topic] ?? 0) < offset ? [topic] : []));
}

export function isZero(vector: OffsetVector): boolean {
  return vector.every((offset) => offset === 0);
}
