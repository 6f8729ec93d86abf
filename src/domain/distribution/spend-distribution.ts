import { normalCdf } from './normal';

/**
 * Distribution of a customer's spend: 0 with probability 1 − p, else lognormal (zero-inflated lognormal; Wang, Liu, Miao 2019). It agrees
 * with the other figures: p is the order probability, and p·exp(μ + σ²/2) is the expected revenue.
 */
export interface SpendDistribution {
  readonly probability: number; // p
  readonly mu: number;
  readonly sigma: number;
}

/** From p, the expected spend (major units) and σ: μ = ln(mean/p) − σ²/2. */
export function spendDistribution(probability: number, mean: number, sigma: number): SpendDistribution {
  const given = probability > 0 ? mean / probability : 0;
  return { probability, mu: given > 0 ? Math.log(given) - (sigma * sigma) / 2 : Number.NEGATIVE_INFINITY, sigma };
}

/** The q-quantile, major units. 0 if q ≤ 1 − p. */
export function spendQuantile(distribution: SpendDistribution, q: number): number {
  const { probability: p, mu, sigma } = distribution;
  const above = (q - (1 - p)) / p;
  if (!(above > 0)) return 0;
  return Math.exp(mu + sigma * normalQuantile(above));
}

/** P(spend ≤ amount), amount ≥ 0 in major units. */
export function spendProbability({ probability: p, mu, sigma }: SpendDistribution, amount: number): number {
  return amount > 0 ? 1 - p + p * normalCdf((Math.log(amount) - mu) / sigma) : 1 - p;
}

/** Inverse of the standard normal distribution: Acklam's rational approximation (2003), relative error below 1.2e-9. */
export function normalQuantile(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  if (p < 0.02425) return tail(Math.sqrt(-2 * Math.log(p)));
  if (p > 1 - 0.02425) return -tail(Math.sqrt(-2 * Math.log(1 - p)));
  const q = p - 0.5;
  const r = q * q;
  return (
    ((((((-39.69683028665376 * r + 220.9460984245205) * r - 275.9285104469687) * r + 138.357751867269) * r -
      30.66479806614716) *
      r +
      2.506628277459239) *
      q) /
    (((((-54.47609879822406 * r + 161.5858368580409) * r - 155.6989798598866) * r + 66.80131188771972) * r -
      13.28068155288572) *
      r +
      1)
  );
}

function tail(q: number): number {
  return (
    (((((-0.007784894002430293 * q - 0.3223964580411365) * q - 2.400758277161838) * q - 2.549732539343734) * q +
      4.374664141464968) *
      q +
      2.938163982698783) /
    ((((0.007784695709041462 * q + 0.3224671290700398) * q + 2.445134137142996) * q + 3.754408661907416) * q + 1)
  );
}
