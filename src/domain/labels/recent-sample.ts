import { hashUnit } from '../math/hash';
import type { OriginKey } from './origins';

/** Of its own: caps and reservoir keep those with the highest priority, and their places are not uniform any more. */
const SAMPLE_SALT = 0x5a3b1e;

/** A sampled item, and how many of all items it stands for, relative to the mean of the sample. */
export interface Sampled<T> {
  readonly item: T;
  readonly represents: number;
}

/**
 * A sample of origins in which recent ones are more likely, by a factor of e in `memoryS`. It has those with the highest keys
 * −ln(−ln u) + t/τ, as the reservoir does (Efraimidis and Spirakis 2006). u is uniform by hash. `represents` is 1 ÷ the chance to be in the sample
 * (Horvitz and Thompson 1952), so weighted totals are those of all items. If there are few, all are in it.
 */
export function recentSample<T>(
  items: readonly T[],
  keyOf: (item: T) => OriginKey,
  most: number,
  memoryS: number,
): Sampled<T>[] {
  if (items.length <= most) return items.map((item) => ({ item, represents: 1 }));
  const keyed = items.map((item) => {
    const key = keyOf(item);
    const recency = key.atS / memoryS;
    const u = Math.min(1 - 2 ** -33, Math.max(2 ** -33, hashUnit(key.customerId, key.atS ^ SAMPLE_SALT)));
    return { item, recency, key: recency - Math.log(-Math.log(u)) };
  });
  const sorted = keyed.map(({ key }) => key).sort((a, b) => a - b);
  const threshold = sorted[sorted.length - most - 1]!;
  const chosen = keyed
    .filter(({ key }) => key > threshold)
    .map(({ item, recency }) => ({ item, represents: -1 / Math.expm1(-Math.exp(recency - threshold)) }));
  const mean = chosen.reduce((sum, { represents }) => sum + represents, 0) / chosen.length;
  return chosen.map(({ item, represents }) => ({ item, represents: represents / mean }));
}
