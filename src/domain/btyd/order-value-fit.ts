import { mean } from '../metrics/errors';
import type { OrderValuePrior } from './order-value-prior';

/** Bounds on the prior's weight in orders. Data rarely justify a weight outside them. */
const LEAST_WEIGHT = 0.1;
const MOST_WEIGHT = 50;

/**
 * Fits the shrinkage of the mean order value by moments (Bühlmann and Straub 1970). weight = variance within a customer ÷ variance
 * between customers' means; it equals the Gamma-Gamma model's (q−1)/p, without maximum likelihood. The prior mean is the mean of the
 * customers' means. So a few frequent buyers do not decide the value of a new customer's order. `customers`: each customer's order values
 * above 0, minor units. `fallbackMinor`: the mean if nobody has ordered.
 */
export function fitOrderValuePrior(customers: Iterable<readonly number[]>, fallbackMinor: number): OrderValuePrior {
  const ordering = [...customers].filter((values) => values.length > 0);
  if (ordering.length === 0) return { meanMinor: fallbackMinor, weight: 1 };
  const meanMinor = mean(ordering.map(mean));
  const repeated = ordering.filter((values) => values.length >= 2);
  const weight = repeated.length < 2 ? 1 : varianceRatio(repeated);
  return { meanMinor, weight: Math.min(MOST_WEIGHT, Math.max(LEAST_WEIGHT, weight)) };
}

function varianceRatio(customers: readonly (readonly number[])[]): number {
  const all = mean(customers.flat());
  let orders = 0;
  let squaredCounts = 0;
  let within = 0;
  let spread = 0;
  for (const values of customers) {
    const own = mean(values);
    orders += values.length;
    squaredCounts += values.length ** 2;
    for (const value of values) within += (value - own) ** 2;
    spread += values.length * (own - all) ** 2;
  }
  const withinVariance = within / (orders - customers.length);
  const betweenVariance = (spread - (customers.length - 1) * withinVariance) / (orders - squaredCounts / orders);
  return betweenVariance > 0 ? withinVariance / betweenVariance : MOST_WEIGHT;
}
