import { logGamma } from '../math/log-gamma';
import { fitPositive } from '../math/log-parameters';
import type { OrderValuePrior } from './order-value-prior';

/**
 * Gamma-Gamma (Fader and Hardie 2013, "The Gamma-Gamma Model of Monetary Value"): an order's value ~ Gamma(shape p, rate ν), ν ~
 * Gamma(shape q, rate v). v in the unit of money of the data.
 */
export interface GammaGamma {
  readonly p: number;
  readonly q: number;
  readonly v: number;
}

/** The mean value of a customer's n ≥ 1 orders. */
export interface MeanValue {
  readonly orders: number;
  readonly mean: number; // above 0
}

/** ln f(mean of n orders | p, q, v). */
export function logLikelihood({ p, q, v }: GammaGamma, { orders: n, mean }: MeanValue): number {
  const pn = p * n;
  return (
    logGamma(pn + q) -
    logGamma(pn) -
    logGamma(q) +
    q * Math.log(v) +
    (pn - 1) * Math.log(mean) +
    pn * Math.log(n) -
    (pn + q) * Math.log(v + n * mean)
  );
}

/** Writes the posterior mean (p·v + p·n·mean)/(p·n + q − 1) as a prior mean p·v/(q−1) with the weight of (q−1)/p orders. */
export function orderValuePrior({ p, q, v }: GammaGamma): OrderValuePrior {
  return { meanMinor: (p * v) / (q - 1), weight: (q - 1) / p };
}

/**
 * Maximum likelihood. At q = 1 the mean is infinite, so the product keeps q above 1. `leastQ`: the bound; comparisons with published fits
 * can lower it.
 */
export function fitGammaGamma(customers: readonly MeanValue[], leastQ = 1.05): GammaGamma {
  const middle = median(customers.map(({ mean }) => mean));
  const parameters = fitPositive(
    [
      { start: 3, least: 0.05, most: 500 },
      { start: 3, least: leastQ, most: 500 },
      { start: middle, least: middle * 1e-3, most: middle * 1e3 },
    ],
    ([p, q, v]) => {
      const model = { p: p!, q: q!, v: v! };
      let sum = 0;
      for (const customer of customers) sum += logLikelihood(model, customer);
      return sum;
    },
  );
  const [p, q, v] = parameters as [number, number, number];
  return { p, q, v };
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? 1;
}
