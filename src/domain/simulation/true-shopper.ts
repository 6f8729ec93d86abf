import { SECONDS_PER_DAY } from '../event';
import { drawExponential, drawGamma, drawLognormal, type Random } from '../random';
import type { ShopPopulation } from './shop-population';

/** Mean of the part of an order that a refund gives back: in full 6 times of 10, else uniformly between 0.2 and 0.8. */
export const FULL_REFUND_SHARE = 0.6;
export const MEAN_REFUND_FRACTION = FULL_REFUND_SHARE + (1 - FULL_REFUND_SHARE) * 0.5;

/** What a simulated customer is really like: what no model sees, kept to judge models by. */
export interface TrueShopper {
  readonly customerId: string;
  readonly kind: 'regular' | 'one-off' | 'window-shopper';
  /** First visit, seconds since the epoch. */
  readonly arrivalS: number;
  /** First order, seconds since the epoch; infinite for a window shopper. */
  readonly firstOrderS: number;
  /** When the customer leaves for good, seconds since the epoch. */
  readonly leavesS: number;
  /** Repeat orders per day while alive. */
  readonly ordersPerDay: number;
  /** Rate of leaving, per day. */
  readonly dropoutsPerDay: number;
  /** Mean value of an order, minor units. */
  readonly meanOrderMinor: number;
  /** Share of order value that stays after refunds and cancellations. */
  readonly keptShare: number;
}

export function drawShopper(
  population: ShopPopulation,
  customerId: string,
  arrivalS: number,
  random: Random,
): TrueShopper {
  const p = population;
  const fate = random();
  const kind =
    fate < p.oneOffShare ? 'one-off' : fate < p.oneOffShare + p.windowShopperShare ? 'window-shopper' : 'regular';
  const considerationS = drawExponential(random, 1 / p.considerationDays) * SECONDS_PER_DAY;
  const firstOrderS = arrivalS + considerationS;
  const ordersPerDay = drawGamma(random, p.purchaseShape, p.purchaseShape / p.purchasesPerDay);
  const dropoutsPerDay = drawGamma(random, p.dropoutShape, p.dropoutShape / p.dropoutsPerDay);
  const lifetimeS = drawExponential(random, dropoutsPerDay) * SECONDS_PER_DAY;
  const meanOrderMinor = drawLognormal(random, Math.log(p.medianOrderMinor), p.valueSigmaBetween);
  const keptShare = (1 - p.cancelShare) * (1 - p.refundShare * MEAN_REFUND_FRACTION);
  const common = { customerId, kind, arrivalS, dropoutsPerDay, meanOrderMinor, keptShare } as const;
  switch (kind) {
    case 'regular':
      return { ...common, firstOrderS, leavesS: firstOrderS + lifetimeS, ordersPerDay };
    case 'one-off':
      return { ...common, firstOrderS, leavesS: firstOrderS, ordersPerDay: 0 };
    case 'window-shopper':
      return {
        ...common,
        firstOrderS: Number.POSITIVE_INFINITY,
        leavesS: arrivalS + 4 * considerationS,
        ordersPerDay: 0,
      };
  }
}

/**
 * Expected orders in the `horizonDays` after `fromS`, for one who knows the true parameters and whether the shopper has left:
 * λ(1 − e^(−μh))/μ for a living customer, 0 for one who has gone.
 */
export function expectedOrders(shopper: TrueShopper, fromS: number, horizonDays: number): number {
  const untilS = fromS + horizonDays * SECONDS_PER_DAY;
  const first = shopper.firstOrderS > fromS && shopper.firstOrderS <= untilS ? 1 : 0;
  if (shopper.ordersPerDay === 0 || shopper.leavesS <= fromS) return first;
  // Leaving starts to count with the first order.
  const days = (untilS - Math.max(fromS, shopper.firstOrderS)) / SECONDS_PER_DAY;
  if (days <= 0) return first;
  const { dropoutsPerDay } = shopper;
  const aliveDays = dropoutsPerDay === 0 ? days : -Math.expm1(-dropoutsPerDay * days) / dropoutsPerDay;
  return first + shopper.ordersPerDay * aliveDays;
}

/** Expected order value net of refunds and cancellations in the `horizonDays` after `fromS`, minor units. */
export function expectedSpend(shopper: TrueShopper, fromS: number, horizonDays: number): number {
  return expectedOrders(shopper, fromS, horizonDays) * shopper.meanOrderMinor * shopper.keptShare;
}
