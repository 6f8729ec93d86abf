/** Between which silences, days, a ramp rises: dense around the year, where many shops have a cliff; below a month the logarithm will do. */
export const RECENCY_KNOTS_DAYS = [30, 90, 180, 270, 330, 365, 400, 455, 545, 730, 1095, 1460, 2190] as const;
export const RECENCY_RAMPS = RECENCY_KNOTS_DAYS.length - 1;

const LOG_KNOTS = RECENCY_KNOTS_DAYS.map((days) => Math.log1p(days));

/**
 * Writes log1p recency as piecewise-linear ramps, {@link RECENCY_RAMPS} numbers of 0…1, into `out` at `at`: ramp k rises from knot k to
 * knot k+1 and stays at 1. A plain logarithm can't show a network the cliff of a shop that is bought from once a year; a weight per
 * ramp can. Ramps that no training example has reached are all 0 there, so with their weights begun at 0 they say nothing later either.
 */
export function recencyRamps(out: Float32Array, at: number, recencyDays: number): void {
  const log = Math.log1p(recencyDays);
  for (let k = 0; k < RECENCY_RAMPS; k++) {
    const from = LOG_KNOTS[k]!;
    out[at + k] = Math.min(1, Math.max(0, (log - from) / (LOG_KNOTS[k + 1]! - from)));
  }
}
