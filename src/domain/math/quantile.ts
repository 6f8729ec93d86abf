/**
 * The q-quantile (0 ≤ q ≤ 1) of ascending values, without interpolation: the highest value that at most the share q lies below. Of n
 * values that is the one of rank floor(q·n), counted from 0, and the last one for q = 1.
 */
export function quantileOf(sorted: ArrayLike<number>, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}
