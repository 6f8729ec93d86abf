import { normalCdf } from '../distribution/normal';
import type { SpendDistribution } from '../distribution/spend-distribution';

/** F(y) of a zero-inflated lognormal, y > 0 in major units. */
export function spendCdf({ probability: p, mu, sigma }: SpendDistribution, y: number): number {
  return 1 - p + p * normalCdf((Math.log(y) - mu) / sigma);
}

/**
 * Continuous ranked probability score of a zero-inflated lognormal, major units, in closed form: E|X − y| − ½E|X − X′|. G is the
 * lognormal part, with mean m. E|G − y| = y(2Φ(ω) − 1) + m(1 − 2Φ(ω − σ)), where ω = (ln y − μ)/σ. E|G − G′| = 2m(2Φ(σ/√2) − 1) (Baran
 * and Lerch 2015).
 */
export function spendCrps({ probability: p, mu, sigma }: SpendDistribution, y: number): number {
  const m = p > 0 ? Math.exp(mu + (sigma * sigma) / 2) : 0;
  const omega = y > 0 ? (Math.log(y) - mu) / sigma : Number.NEGATIVE_INFINITY;
  const toActual = y > 0 ? y * (2 * normalCdf(omega) - 1) + m * (1 - 2 * normalCdf(omega - sigma)) : m;
  const betweenTwo = 2 * m * (2 * normalCdf(sigma / Math.SQRT2) - 1);
  return (1 - p) * y + p * toActual - 0.5 * (2 * p * (1 - p) * m + p * p * betweenTwo);
}
