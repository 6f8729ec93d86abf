import type { ShopPopulation } from './shop-population';
import { type ShopperState, TrueFuture } from './true-future';
import type { TrueShopper } from './true-shopper';

/** Points of a latent and the logarithms of their prior weights; even in the logarithm, so that heavy buyers are resolved as light ones. */
interface Axis {
  readonly values: readonly number[];
  readonly logPriors: readonly number[];
}

const RATES = 48;
const DROPOUTS = 12;
const SENSITIVITIES = 5;

/** What the population's prior says of a regular customer: rate, dropout and sensitivity are independent. */
export interface LatentGrid {
  /** Orders per day while alive. */
  readonly rates: Axis;
  readonly dropouts: Axis;
  readonly sensitivities: Axis;
}

export function latentGrid(population: ShopPopulation): LatentGrid {
  const { purchasesPerDay, purchaseShape, dropoutsPerDay, dropoutShape, sensitivityShape } = population;
  return {
    rates: gammaAxis(purchaseShape, purchasesPerDay, RATES, 60, 15),
    dropouts: gammaAxis(dropoutShape, dropoutsPerDay, DROPOUTS, 25, 7),
    sensitivities: gammaAxis(sensitivityShape, 1, SENSITIVITIES, 12, 5),
  };
}

/** From a `below`-th of the mean to `above` times it. */
function gammaAxis(shape: number, mean: number, points: number, below: number, above: number): Axis {
  const step = Math.log(below * above) / (points - 1);
  const values = Array.from({ length: points }, (_, i) => (mean / below) * Math.exp(step * i));
  // Density times value: the points are even in the logarithm.
  const logs = values.map((value) => shape * Math.log(value) - (shape * value) / mean);
  const most = Math.max(...logs);
  const logTotal = most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0));
  return { values, logPriors: logs.map((log) => log - logTotal) };
}

/**
 * Expected spend of a span per unit of order value: linear in rate, sensitivity and open wishes, so that three numbers per dropout rate
 * tell all.
 */
export interface FutureParts {
  /** Of one open wish. */
  readonly wish: number;
  /** Of the wishes to come at one order a day: plain, and per unit of sensitivity. */
  readonly plain: number;
  readonly promoted: number;
}

/** For an active customer, and for a new one, whose first wish takes the place of the open one; by dropout rate. */
export function futureParts(
  population: ShopPopulation,
  dropouts: readonly number[],
  fromS: number,
  untilS: number,
): readonly { readonly active: FutureParts; readonly fresh: FutureParts }[] {
  const future = new TrueFuture(population, fromS, untilS);
  return dropouts.map((dropoutsPerDay) => {
    const spend = (ordersPerDay: number, sensitivity: number, state: ShopperState) => {
      const shopper = { ordersPerDay, sensitivity, dropoutsPerDay, meanOrderMinor: 1 } as TrueShopper;
      return future.of(shopper, state).spendMinor;
    };
    const parts = (state: ShopperState, wishing: ShopperState): FutureParts => {
      const without = spend(0, 0, state);
      const plain = spend(1, 0, state) - without;
      return { wish: spend(0, 0, wishing), plain, promoted: spend(1, 1, state) - without - plain };
    };
    const fresh = { phase: 'new', openWishes: 0 } as const;
    return {
      active: parts({ phase: 'active', openWishes: 0 }, { phase: 'active', openWishes: 1 }),
      fresh: parts(fresh, fresh),
    };
  });
}
