import type { OffsetVector } from '../domain/event';

/** Per topic the greater of two. */
export function greater(a: OffsetVector, b: OffsetVector): number[] {
  return a.map((offset, topic) => Math.max(offset, b[topic] ?? 0));
}

/** True where a record covering these positions has one that is not below E, that is, not yet published. */
export function coversUnpublished(covers: OffsetVector, emitted: OffsetVector): boolean {
  return covers.some((offset, topic) => offset >= 0 && offset >= emitted[topic]!);
}

/** Topics at which `from` lies behind `to`. */
export function behind(from: OffsetVector, to: OffsetVector): number[] {
  return from.flatMap((offset, topic) => (offset < to[topic]! ? [topic] : []));
}

export function isZero(vector: OffsetVector): boolean {
  return vector.every((offset) => offset === 0);
}
