import type { OffsetVector } from '../domain/event';

/*
 * A vector written before a topic was appended to the inputs is shorter: what it lacks counts as 0.
 */

/** Per topic the greater of two. */
export function greater(a: OffsetVector, b: OffsetVector): number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, topic) => Math.max(a[topic] ?? 0, b[topic] ?? 0));
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
