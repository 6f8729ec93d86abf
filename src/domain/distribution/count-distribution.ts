import { logGamma } from '../math/log-gamma';

/**
 * The shape of a count; its mean Λ is separate. The count is condensed: M small events are NB2 with mean rΛ, and every r-th of them is an
 * order, counted from a uniformly random one. So N = ⌊M/r + U⌋. Because E⌊x + U⌋ = x, the mean is Λ for every r. N rises with Λ. r = 1
 * gives the NB2 itself. For whole r it is the condensed negative binomial: gaps between orders are Erlang-r, and the origin is
 * independent of the customer's rhythm. Chatfield and Goodhardt (1973) have r = 2. α says how much customers with the same Λ differ; r
 * says how regular each of them is. At α = 0, the variance tends to Λ/r for a large Λ. No NB2 has a variance below Λ.
 */
export interface CountShape {
  /** α: dispersion of the small events' NB2. */
  readonly dispersion: number;
  /** r ≥ 1: Erlang shape. Absent: 1. */
  readonly erlangShape?: number | undefined;
}

/** A count with mean Λ. */
export interface CountDistribution extends CountShape {
  readonly mean: number;
}

/** Maximum small events per order. Each adds a term to P(0). */
export const MAX_ERLANG_SHAPE = 10;

/** Limits of the search for a mean: number of steps, and tolerance on P(0). */
const MOST_STEPS = 100;
const NEAR_ENOUGH = 1e-14;
/** Above any real mean, and small enough that products with it stay finite. */
const MOST_MEAN = 1e150;
/** Sums end when less than this much of the distribution is left. */
const REST = 1e-9;
const MOST_COUNT = 20_000;

/** F(y) and P(y). */
export function countProbabilities(distribution: CountDistribution, y: number): { below: number; at: number } {
  const masses = new Masses(distribution);
  let below = 0;
  let at = masses.next();
  for (let k = 0; k < y; k++) {
    below += at;
    at = masses.next();
  }
  return { below, at };
}

/**
 * −ln P(n) − ln n!, nats; at r = 1 it equals {@link negativeBinomialLoss}. Computed in logarithms, so that large counts do not underflow.
 */
export function countLoss(distribution: CountDistribution, n: number): number {
  const { mean, dispersion, erlangShape: r = 1 } = distribution;
  if (r === 1) return negativeBinomialLoss(n, mean, dispersion);
  const terms: number[] = [];
  for (let m = Math.max(0, Math.floor(r * (n - 1)) + 1); m < r * (n + 1); m++) {
    terms.push(Math.log(1 - Math.abs(m / r - n)) - negativeBinomialLoss(m, r * mean, dispersion) - logGamma(m + 1));
  }
  const most = Math.max(...terms);
  return -most - Math.log(terms.reduce((sum, term) => sum + Math.exp(term - most), 0)) - logGamma(n + 1);
}

/** −ln NB2(n; mean Λ, dispersion α), without ln n!: Σ_{j<n} ln(1 + αj) + n ln Λ − (n + 1/α) ln(1 + αΛ), negated. */
export function negativeBinomialLoss(n: number, mean: number, alpha: number): number {
  let rising = 0;
  for (let j = 1; j < n; j++) rising += Math.log1p(alpha * j);
  const settled = alpha < 1e-9 ? mean : (n + 1 / alpha) * Math.log1p(alpha * mean);
  return settled - n * Math.log(mean) - rising;
}

/** Continuous ranked probability score, orders: Σ_k (F(k) − 1{y ≤ k})² (Gneiting and Raftery 2007). Summed until 1 − F < 1e-9 past y. */
export function countCrps(distribution: CountDistribution, y: number): number {
  const masses = new Masses(distribution);
  let at = masses.next();
  let cumulative = at;
  let score = 0;
  for (let k = 0; k < MOST_COUNT; k++) {
    score += (cumulative - (y <= k ? 1 : 0)) ** 2;
    if (k >= y && 1 - cumulative < REST) break;
    at = masses.next();
    cumulative = Math.min(1, cumulative + at);
    // With a fat tail (large α) the sum does not reach 1 in MOST_COUNT terms. Its terms past y no longer matter.
    if (k >= y && (1 - cumulative) ** 2 < 1e-12 && at < 1e-12) break;
  }
  return score;
}

/** The smallest k with F(k) ≥ q. */
export function countQuantile(distribution: CountDistribution, q: number): number {
  const masses = new Masses(distribution);
  let cumulative = masses.next();
  let k = 0;
  while (cumulative < q && k < MOST_COUNT) {
    cumulative += masses.next();
    k++;
  }
  return k;
}

/**
 * P(0) = Σ_{m<r} (1 − m/r)·P(M = m), which is (1+αΛ)^(−1/α) at r = 1. It lies between 1 − Λ and the P(0) of r = 1, and falls as r rises.
 */
export function probabilityOfZero(distribution: CountDistribution): number {
  const { mean, dispersion: a, erlangShape = 1 } = distribution;
  if (erlangShape === 1) return Math.exp(logOfNone(mean, a));
  return new Masses(distribution).next();
}

/**
 * The Λ at which P(0) is `none`, 0 < none < 1. Closed form at r = 1. Otherwise regula falsi (Illinois) between 1 − none and the closed
 * form.
 */
export function meanForZero({ dispersion: a, erlangShape = 1 }: CountShape, none: number): number {
  const plain = a < 1e-9 ? -Math.log(none) : Math.expm1(-a * Math.log(none)) / a;
  if (erlangShape === 1) return plain;
  const off = (logMean: number) => probabilityOfZero({ mean: Math.exp(logMean), dispersion: a, erlangShape }) - none;
  let [low, high] = [Math.log1p(-none), Math.log(Math.min(plain, MOST_MEAN))];
  let [atLow, atHigh] = [off(low), off(high)];
  if (atHigh >= 0) return plain;
  let middle = low;
  let kept: 'low' | 'high' | null = null;
  for (let i = 0; i < MOST_STEPS; i++) {
    middle = (low * atHigh - high * atLow) / (atHigh - atLow);
    const at = off(middle);
    if (Math.abs(at) < NEAR_ENOUGH) break;
    if (at > 0) {
      [low, atLow] = [middle, at];
      if (kept === 'high') atHigh /= 2;
      kept = 'high';
    } else {
      [high, atHigh] = [middle, at];
      if (kept === 'low') atLow /= 2;
      kept = 'low';
    }
  }
  return Math.exp(middle);
}

/** The dispersion at which an NB2 count of this mean has P(0) = `none`. 0 if the Poisson count's P(0) is already higher. */
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

/**
 * P(0), P(1), … one after the other. The small events are NB2: P(0) = (1+αΛ)^(−1/α), P(m+1) = P(m)·(1/α + m)/(m+1)·αΛ/(1+αΛ), Poisson at
 * α = 0. m of them make ⌊m/r⌋ orders, or one more with probability m/r − ⌊m/r⌋. Computed in logarithms: at a large mean the first masses
 * underflow, and the later ones are computed from them.
 */
class Masses {
  private readonly mean: number;
  private readonly dispersion: number;
  private readonly perOrder: number;
  private events = 0; // m
  private logOfEvents: number; // ln P(M = m)
  private orders = 0; // k
  private carried = 0;

  constructor({ mean, dispersion: a, erlangShape = 1 }: CountDistribution) {
    this.mean = erlangShape * mean;
    this.dispersion = a;
    this.perOrder = erlangShape;
    this.logOfEvents = logOfNone(this.mean, a);
  }

  next(): number {
    const { mean, dispersion: a, perOrder: r } = this;
    let mass = this.carried;
    this.carried = 0;
    while (this.events < r * (this.orders + 1)) {
      const over = this.events / r - this.orders;
      const ofEvents = Math.exp(this.logOfEvents);
      mass += (1 - over) * ofEvents;
      this.carried += over * ofEvents;
      this.logOfEvents += Math.log(((1 + a * this.events) * mean) / ((this.events + 1) * (1 + a * mean)));
      this.events += 1;
    }
    this.orders += 1;
    return mass;
  }
}

/** ln P(0) of an NB2 count. */
function logOfNone(mean: number, a: number): number {
  return a < 1e-9 ? -mean : -Math.log1p(a * mean) / a;
}
