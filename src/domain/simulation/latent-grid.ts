import type { ShopPopulation } from './shop-population';
import { type ShopperState, TrueFuture } from './true-future';
import type { TrueShopper } from './true-shopper';

/**
 * Grid points of a latent variable, and the logarithms of their prior weights. The points are evenly spaced in the logarithm, so the grid
 * is as fine for heavy buyers as for light ones.
 */
interface Axis {
  readonly values: readonly number[];
  readonly logPriors: readonly number[];
}

const RATES = 48;
const DROPOUTS = 12;
const SENSITIVITIES = 5;

/** The population's prior of a regular customer. Rate, dropout and sensitivity are independent. */
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

/** From mean ÷ `below` to mean × `above`. */
function gammaAxis(shape: number, mean: number, points: number, below: number, above: number): Axis {
  const step = Math.log(below * above) / (points - 1);
  const values = Array.from({ length: points }, (_, i) => (mean / below) * Math.exp(step * i));
  // Density times value, because the points are evenly spaced in the logarithm.
  const logs = values.map((value) => shape * Math.log(value) - (shape * value) / mean);
  const most = Math.max(...logs);
  const logTotal = most + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - most), 0));
  return { values, logPriors: logs.map((log) => log - logTotal) };
}

/**
 * Expected spend of a span per unit of order value. It is linear in rate, sensitivity and open wishes, so three numbers per dropout rate
 * are enough.
 */
export interface FutureParts {
  /** From one open wish. */
  readonly wish: number;
  /** From future wishes at one order per day: the constant part, and the part per unit of sensitivity. */
  readonly plain: number;
  readonly promoted: number;
}

/** By dropout rate, for an active and for a new customer. A new customer's first wish is counted as the open one. */
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
