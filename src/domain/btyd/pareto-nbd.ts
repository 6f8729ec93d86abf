import type { OrderCurve } from '../distribution/order-curve';
import { hypergeometricOne } from '../math/hypergeometric';
import { logGamma } from '../math/log-gamma';
import { fitPositive } from '../math/log-parameters';
import { groupEqual, type RecencyFrequency } from './recency-frequency';

/**
 * Pareto/NBD (Schmittlein, Morrison, Colombo 1987). Orders come at a rate λ ~ Gamma(shape r, rate α). The customer leaves at an
 * unobserved moment, at a rate μ ~ Gamma(shape s, rate β). α and β in the unit of time of the data.
 */
export interface ParetoNbd {
  readonly r: number;
  readonly alpha: number;
  readonly s: number;
  readonly beta: number;
}

/**
 * ln of the odds of having left, P(gone)/P(alive) given x, t_x, T (Fader and Hardie 2005, "A Note on Deriving the Pareto/NBD Model").
 * Their A₀ is a difference of two ₂F₁(r+s+x, s+1 or r+x; r+s+x+1; z), one form for α ≥ β and one for α < β. Euler's transformation turns
 * both into (α+y)^−(r+x) (β+y)^−s · ₂F₁(1, ·; r+s+x+1; z). This is bounded, so hundreds of orders neither overflow nor cancel.
 */
export function logDeadOdds(model: ParetoNbd, { repeats: x, recency, age }: RecencyFrequency): number {
  const { r, alpha, s, beta } = model;
  const n = r + s + x;
  const fraction = (y: number) =>
    alpha >= beta
      ? hypergeometricOne(r + x, n + 1, (alpha - beta) / (alpha + y))
      : (hypergeometricOne(s + 1, n + 1, (beta - alpha) / (beta + y)) * (alpha + y)) / (beta + y);
  const lead = (r + x) * Math.log((alpha + age) / (alpha + recency)) + s * Math.log((beta + age) / (beta + recency));
  const since = fraction(recency) - Math.exp(-lead) * fraction(age);
  return Math.log(s / n) + lead + Math.log(Math.max(since, 1e-300));
}

/** P(alive at T | x, t_x, T). */
export function probabilityAlive(model: ParetoNbd, customer: RecencyFrequency): number {
  return 1 / (1 + Math.exp(logDeadOdds(model, customer)));
}

/** ln L(r, α, s, β | x, t_x, T) of one customer. The binomial constants of the order times are left out, as usual. */
export function logLikelihood(model: ParetoNbd, customer: RecencyFrequency): number {
  const { r, alpha, s, beta } = model;
  const { repeats: x, age } = customer;
  const alive =
    logGamma(r + x) -
    logGamma(r) +
    r * Math.log(alpha / (alpha + age)) -
    x * Math.log(alpha + age) +
    s * Math.log(beta / (beta + age));
  return alive + log1pExp(logDeadOdds(model, customer));
}

/** E[X(T, T+h) | x, t_x, T] for every h: the order curve A = P(alive)(r+x)/(α+T), B = β+T, κ = s−1. */
export function conditionalCurve(model: ParetoNbd, customer: RecencyFrequency): OrderCurve {
  const { r, alpha, s, beta } = model;
  const { repeats, age } = customer;
  return {
    ratePerDay: (probabilityAlive(model, customer) * (r + repeats)) / (alpha + age),
    scaleDays: beta + age,
    shape: s - 1,
  };
}

/** P(no order in (T, T+h] | x, t_x, T), exact: the likelihood of the same orders observed until T+h, divided by that until T. */
export function probabilityOfNone(model: ParetoNbd, customer: RecencyFrequency, horizon: number): number {
  const later = { ...customer, age: customer.age + horizon };
  return Math.min(1, Math.exp(logLikelihood(model, later) - logLikelihood(model, customer)));
}

/** Maximum likelihood. The ranges scale with the longest T. So a data set without dropout (s → 0) ends at a bound instead of diverging. */
export function fitParetoNbd(customers: Iterable<RecencyFrequency>): ParetoNbd {
  const groups = groupEqual(customers);
  const longest = groups.reduce((most, { age }) => Math.max(most, age), 0) || 1;
  const time = { start: longest / 4, least: longest * 1e-3, most: longest * 20 };
  const parameters = fitPositive(
    [{ start: 0.5, least: 1e-3, most: 50 }, time, { start: 0.5, least: 1e-4, most: 20 }, time],
    ([r, alpha, s, beta]) => {
      const model = { r: r!, alpha: alpha!, s: s!, beta: beta! };
      let sum = 0;
      for (const group of groups) sum += group.customers * logLikelihood(model, group);
      return sum;
    },
  );
  const [r, alpha, s, beta] = parameters as [number, number, number, number];
  return { r, alpha, s, beta };
}

/** ln(1 + e^x). */
function log1pExp(x: number): number {
  return x > 0 ? x + Math.log1p(Math.exp(-x)) : Math.log1p(Math.exp(x));
}
