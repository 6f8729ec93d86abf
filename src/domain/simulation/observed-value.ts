import type { DemandSums } from './demand-sums';
import type { ShopPopulation } from './shop-population';

export interface ObservedOrder {
  readonly timeS: number;
  readonly amountMinor: number;
}

/**
 * Posterior mean of a customer's mean order value at full price, minor units. Values are lognormal between and within customers, so the
 * logarithm has a normal posterior.
 */
export function expectedOrderValue(
  { medianOrderMinor, valueSigmaBetween, valueSigmaWithin }: ShopPopulation,
  sums: DemandSums,
  orders: readonly ObservedOrder[],
): number {
  const within = 1 / valueSigmaWithin ** 2;
  let [precision, sum] = [1 / valueSigmaBetween ** 2, Math.log(medianOrderMinor) / valueSigmaBetween ** 2];
  for (const { timeS, amountMinor } of orders) {
    const atFullPrice = amountMinor / (1 - sums.discount(timeS));
    sum += within * (Math.log(atFullPrice) + valueSigmaWithin ** 2 / 2);
    precision += within;
  }
  return Math.exp(sum / precision + 1 / (2 * precision));
}
