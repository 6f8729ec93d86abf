import { SECONDS_PER_DAY } from '../event';
import { drawExponential, drawGamma, drawLognormal, type Random } from '../math/random';
import { drawInstant, type ShopCalendar } from './shop-calendar';
import type { ShopPopulation } from './shop-population';

/**
 * Share of refunds that are in full, and the mean part of an order that a refund returns. Other refunds are uniform between 0.2 and 0.8.
 */
export const FULL_REFUND_SHARE = 0.6;
export const MEAN_REFUND_FRACTION = FULL_REFUND_SHARE + (1 - FULL_REFUND_SHARE) * 0.5;

/** A simulated customer's true parameters. Models never see them; they serve to judge models. */
export interface TrueShopper {
  readonly customerId: string;
  readonly kind: 'regular' | 'one-off' | 'window-shopper';
  /** First visit, seconds since the epoch. */
  readonly arrivalS: number;
  /** First order, seconds since the epoch; infinite for a window shopper. */
  readonly firstOrderS: number;
  /** When the customer leaves for good, seconds since the epoch. */
  readonly leavesS: number;
  /** Repeat orders per day while active, on a day of ordinary demand. */
  readonly ordersPerDay: number;
  /** Rate of leaving, per day. */
  readonly dropoutsPerDay: number;
  /** Mean value of an order at full price, minor units. */
  readonly meanOrderMinor: number;
  /** How much promotions raise the rate of wishes, relative to the shop's mean. */
  readonly sensitivity: number;
}

/**
 * A time in which a customer intends to buy. It ends at `closedS`, with or without an order. While a wish is open, not even the oracle
 * knows when and how it ends.
 */
export interface Wish {
  readonly customerId: string;
  readonly openedS: number;
  readonly closedS: number;
}

export function drawShopper(
  population: ShopPopulation,
  calendar: ShopCalendar,
  customerId: string,
  arrivalS: number,
  random: Random,
): TrueShopper {
  const p = population;
  const fate = random();
  const kind =
    fate < p.oneOffShare ? 'one-off' : fate < p.oneOffShare + p.windowShopperShare ? 'window-shopper' : 'regular';
  const firstOrderS = drawInstant(random, 1 / p.considerationDays, calendar.traffic, arrivalS);
  const ordersPerDay = drawGamma(random, p.purchaseShape, p.purchaseShape / p.purchasesPerDay);
  const dropoutsPerDay = drawGamma(random, p.dropoutShape, p.dropoutShape / p.dropoutsPerDay);
  const lifetimeS = drawExponential(random, dropoutsPerDay) * SECONDS_PER_DAY;
  const meanOrderMinor = drawLognormal(random, Math.log(p.medianOrderMinor), p.valueSigmaBetween);
  const sensitivity = drawGamma(random, p.sensitivityShape, p.sensitivityShape);
  const common = { customerId, kind, arrivalS, dropoutsPerDay, meanOrderMinor, sensitivity } as const;
  switch (kind) {
    case 'regular':
      return { ...common, firstOrderS, leavesS: firstOrderS + lifetimeS, ordersPerDay };
    case 'one-off':
      return { ...common, firstOrderS, leavesS: firstOrderS, ordersPerDay: 0 };
    case 'window-shopper':
      return {
        ...common,
        firstOrderS: Number.POSITIVE_INFINITY,
        leavesS: arrivalS + 4 * (firstOrderS - arrivalS),
        ordersPerDay: 0,
      };
  }
}
