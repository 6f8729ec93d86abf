/**
 * The q-quantile (0 ≤ q ≤ 1) of ascending values, without interpolation: the value of rank floor(q·n), counted from 0, or the last one
 * for q = 1. It is the highest value such that at most the share q lies below it.
 */
export function quantileOf(sorted: ArrayLike<number>, q: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
}
