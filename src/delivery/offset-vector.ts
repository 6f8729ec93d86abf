import type { OffsetVector } from '../domain/event';

/*
 * A vector written before a topic was appended to the inputs is shorter: what it lacks counts as 0.
 */

/** Per topic the greater of two next offsets. */
export function greater(a: OffsetVector, b: OffsetVector): number[] {
  return perTopic(a, b, 0);
}

/** Per topic the greater of two covered offsets. These are positions, so none is −1 and not 0. */
export function greaterCovered(a: OffsetVector, b: OffsetVector): number[] {
  return perTopic(a, b, -1);
}

function perTopic(a: OffsetVector, b: OffsetVector, none: number): number[] {
  const length = Math.max(a.length, b.length);
  return Array.from({ length }, (_, topic) => Math.max(a[topic] ?? none, b[topic] ?? none));
}

/** True where a record covering these positions (−1: none) has one that is not below E, that is, not yet published. */
export function coversUnpublished(covers: OffsetVector, emitted: OffsetVector): boolean {
  return covers.some((offset, topic) => offset >= (emitted[topic] ?? 0));
}

/** Topics at which `from` lies behind `to`. */
export function behind(from: OffsetVector, to: OffsetVector): number[] {
  return to.flatMap((offset, topic) => ((from[topic] ?? 0) < offset ? [topic] : []));
}

export function isZero(vector: OffsetVector): boolean {
  return vector.every((offset) => offset === 0);
}
