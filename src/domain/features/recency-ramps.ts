/**
 * Days of silence at which one ramp ends and the next begins. Dense around a year, because many shops have a cliff there. Below a month
 * the logarithm is enough.
 */
export const RECENCY_KNOTS_DAYS = [30, 90, 180, 270, 330, 365, 400, 455, 545, 730, 1095, 1460, 2190] as const;
export const RECENCY_RAMPS = RECENCY_KNOTS_DAYS.length - 1;

const LOG_KNOTS = RECENCY_KNOTS_DAYS.map((days) => Math.log1p(days));

/**
 * Writes log1p recency as {@link RECENCY_RAMPS} piecewise-linear ramps of 0…1 into `out` at `at`. Ramp k rises from knot k to knot k+1
 * and stays at 1. If customers buy once a year, there is a cliff after a year. One weight per ramp can model it; one weight on the
 * logarithm cannot. A ramp that no training example has reached is 0 in all of them. Its weight starts at 0, so it has no effect later
 * either.
 */
export function recencyRamps(out: Float32Array, at: number, recencyDays: number): void {
  const log = Math.log1p(recencyDays);
  for (let k = 0; k < RECENCY_RAMPS; k++) {
    const from = LOG_KNOTS[k]!;
    out[at + k] = Math.min(1, Math.max(0, (log - from) / (LOG_KNOTS[k + 1]! - from)));
  }
}
