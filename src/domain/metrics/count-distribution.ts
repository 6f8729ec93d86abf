/**
 * NB2 count: mean Λ, variance Λ + αΛ²; P(0) = (1+αΛ)^(−1/α), P(k+1) = P(k)·(1/α + k)/(k+1)·αΛ/(1+αΛ). α = 0 is Poisson.
 */
export interface CountDistribution {
  readonly mean: number;
  readonly dispersion: number;
}

/** Beyond this much of the distribution sums end. */
const REST = 1e-9;
const MOST_COUNT = 20_000;

/** F(y) and P(y). */
export function countProbabilities(distribution: CountDistribution, y: number): { below: number; at: number } {
  let below = 0;
  let at = probabilityOfZero(distribution);
  for (let k = 0; k < y; k++) {
    below += at;
    at *= ratio(distribution, k);
  }
  return { below, at };
}

/** Continuous ranked probability score, orders: Σ_k (F(k) − 1{y ≤ k})² (Gneiting and Raftery 2007), summed until 1 − F < 1e-9 past y. */
export function countCrps(distribution: CountDistribution, y: number): number {
  let at = probabilityOfZero(distribution);
  let cumulative = at;
  let score = 0;
  for (let k = 0; k < MOST_COUNT; k++) {
    score += (cumulative - (y <= k ? 1 : 0)) ** 2;
    if (k >= y && 1 - cumulative < REST) break;
    at *= ratio(distribution, k);
    cumulative = Math.min(1, cumulative + at);
    // A fat tail (α large) never sums to 1 within reach; its terms past y no longer count.
    if (k >= y && (1 - cumulative) ** 2 < 1e-12 && at < 1e-12) break;
  }
  return score;
}

/** The smallest k with F(k) ≥ q. */
export function countQuantile(distribution: CountDistribution, q: number): number {
  let at = probabilityOfZero(distribution);
  let cumulative = at;
  let k = 0;
  while (cumulative < q && k < MOST_COUNT) {
    at *= ratio(distribution, k++);
    cumulative += at;
  }
  return k;
}

export function probabilityOfZero({ mean, dispersion: a }: CountDistribution): number {
  return a < 1e-9 ? Math.exp(-mean) : Math.exp(-Math.log1p(a * mean) / a);
}

/** The dispersion at which an NB2 count of this mean has P(0) = `none`; 0 where the Poisson count has less already. */
export function dispersionFor(mean: number, none: number): number {
  if (!(mean > 0) || none <= Math.exp(-mean) + 1e-12) return 0;
  let [low, high] = [Math.log(1e-6), Math.log(1e6)];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (probabilityOfZero({ mean, dispersion: Math.exp(middle) }) < none) low = middle;
    else high = middle;
  }
  return Math.exp((low + high) / 2);
}

function ratio({ mean, dispersion: a }: CountDistribution, k: number): number {
  return ((1 + a * k) * mean) / ((k + 1) * (1 + a * mean));
}
