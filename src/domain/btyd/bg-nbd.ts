import { hypergeometricSeries } from '../math/hypergeometric';
import { logGamma } from '../math/log-gamma';
import { fitPositive } from '../math/log-parameters';
import { groupEqual, type RecencyFrequency } from './recency-frequency';

/**
 * BG/NBD (Fader, Hardie, Lee 2005, "Counting Your Customers" the Easy Way). Orders come at a rate λ ~ Gamma(shape r, rate α). After each
 * order the customer leaves with probability p ~ Beta(a, b). α in the unit of time of the data.
 */
export interface BgNbd {
  readonly r: number;
  readonly alpha: number;
  readonly a: number;
  readonly b: number;
}

/** Nearest that a may come to 1. At a = 1 the formula of the mean is 0/0. */
const NEAR_ONE = 1e-5;

/**
 * ln of the odds of having left: (a/(b+x−1)) ((α+T)/(α+t_x))^(r+x). −∞ at x = 0, because in this model a customer leaves only after a
 * repeat order.
 */
function logDeadOdds({ r, alpha, a, b }: BgNbd, { repeats: x, recency, age }: RecencyFrequency): number {
  if (x === 0) return Number.NEGATIVE_INFINITY;
  return Math.log(a / (b + x - 1)) + (r + x) * Math.log((alpha + age) / (alpha + recency));
}

export function probabilityAlive(model: BgNbd, customer: RecencyFrequency): number {
  return 1 / (1 + Math.exp(logDeadOdds(model, customer)));
}

/** ln L(r, α, a, b | x, t_x, T) of one customer. */
export function logLikelihood(model: BgNbd, customer: RecencyFrequency): number {
  const { r, alpha, a, b } = model;
  const { repeats: x, age } = customer;
  const odds = logDeadOdds(model, customer);
  const alive =
    logGamma(r + x) -
    logGamma(r) +
    r * Math.log(alpha / (alpha + age)) -
    x * Math.log(alpha + age) +
    logGamma(a + b) +
    logGamma(b + x) -
    logGamma(b) -
    logGamma(a + b + x);
  return alive + (odds > 0 ? odds + Math.log1p(Math.exp(-odds)) : Math.log1p(Math.exp(odds)));
}

/**
 * E[X(T, T+h) | x, t_x, T] (their formula 10), after Euler's transformation (1−z)^(r+x) ₂F₁(r+x, b+x; c; z) = (1−z)^(a−1) ₂F₁(a+b−1−r,
 * a−1; c; z), with c = a+b+x−1 and z = h/(α+T+h). So hundreds of orders do not overflow.
 */
export function conditionalOrders(model: BgNbd, customer: RecencyFrequency, horizon: number): number {
  const { r, alpha, b } = model;
  const { repeats: x, age } = customer;
  const a = Math.abs(model.a - 1) < NEAR_ONE ? 1 + NEAR_ONE : model.a;
  const exact = a + b + x - 1;
  const c = Math.abs(exact) < NEAR_ONE ? NEAR_ONE : exact;
  const z = horizon / (alpha + age + horizon);
  const left = Math.exp((a - 1) * Math.log1p(-z)) * hypergeometricSeries(a + b - 1 - r, a - 1, c, z);
  return Math.max(0, (c / (a - 1)) * (1 - left) * probabilityAlive(model, customer));
}

/** P(no order in (T, T+h] | x, t_x, T), exact: the likelihood of the same orders observed until T+h, divided by that until T. */
export function probabilityOfNone(model: BgNbd, customer: RecencyFrequency, horizon: number): number {
  const later = { ...customer, age: customer.age + horizon };
  return Math.min(1, Math.exp(logLikelihood(model, later) - logLikelihood(model, customer)));
}

/** Maximum likelihood, within ranges that keep every formula finite. */
export function fitBgNbd(customers: Iterable<RecencyFrequency>): BgNbd {
  const groups = groupEqual(customers);
  const longest = groups.reduce((most, { age }) => Math.max(most, age), 0) || 1;
  const parameters = fitPositive(
    [
      { start: 0.5, least: 1e-3, most: 50 },
      { start: longest / 4, least: longest * 1e-3, most: longest * 20 },
      { start: 1, least: 1e-3, most: 100 },
      { start: 2, least: 1e-2, most: 1e4 },
    ],
    ([r, alpha, a, b]) => {
      const model = { r: r!, alpha: alpha!, a: a!, b: b! };
      let sum = 0;
      for (const group of groups) sum += group.customers * logLikelihood(model, group);
      return sum;
    },
  );
  const [r, alpha, a, b] = parameters as [number, number, number, number];
  return { r, alpha, a, b };
}
