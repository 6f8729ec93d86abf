import type { Random } from '../../domain/math/random';

/** Number of batches whose members are sorted by length together and then cut. Larger pools pad less and mix less. */
const POOL_BATCHES = 16;

/** Indices 0…n−1 in random order (Fisher and Yates). */
export function shuffled(n: number, random: Random): number[] {
  const order = Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j]!, order[i]!];
  }
  return order;
}

/** One epoch: every index once, in batches of similar length. `random` determines the members and the order of the batches. */
export function batchesByLength(lengths: ArrayLike<number>, batchSize: number, random: Random): number[][] {
  const order = shuffled(lengths.length, random);
  const batches: number[][] = [];
  const pool = batchSize * POOL_BATCHES;
  for (let from = 0; from < order.length; from += pool) {
    const members = order.slice(from, from + pool).sort((a, b) => lengths[a]! - lengths[b]!);
    for (let at = 0; at < members.length; at += batchSize) batches.push(members.slice(at, at + batchSize));
  }
  return shuffled(batches.length, random).map((i) => batches[i]!);
}
