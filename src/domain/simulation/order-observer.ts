import { SECONDS_PER_DAY } from '../event';
import { DemandSums } from './demand-sums';
import { type FutureParts, futureParts, type LatentGrid, latentGrid } from './latent-grid';
import { expectedOrderValue, type ObservedOrder } from './observed-value';
import { PosteriorMean } from './posterior-mean';
import type { ShopPopulation } from './shop-population';
import { Silence } from './silence';

/**
 * What the population and a customer's orders alone tell of the span after a cut: the posterior mean, by a grid over rate, dropout and
 * sensitivity. Where wishes overlap freely, orders are a Poisson process of intensity (c / τ) × traffic × expected open wishes
 * (displacement of Poisson points), so likelihood and expectation are exact but for the grid.
 */
export class OrderObserver {
  private readonly sums: DemandSums;
  private readonly grid: LatentGrid;
  private readonly parts: readonly FutureParts[];

  constructor(
    private readonly population: ShopPopulation,
    fromS: number,
    private readonly cutS: number,
    untilS: number,
  ) {
    this.sums = new DemandSums(population, fromS, cutS);
    this.grid = latentGrid(population);
    this.parts = futureParts(population, this.grid.dropouts.values, cutS, untilS).map(({ active }) => active);
  }

  /** Expected spend, minor units, of one who has ordered; orders in time order. */
  expectedSpend(orders: readonly ObservedOrder[]): number {
    const { grid, sums, cutS, population: p } = this;
    const firstS = orders[0]!.timeS;
    const lastS = orders[orders.length - 1]!.timeS;
    const repeats = orders.length - 1;
    const silence = new Silence(lastS, cutS, grid.dropouts.values);
    const dropouts = grid.dropouts.values.map((leaving, k) => {
      return Math.exp(grid.dropouts.logPriors[k]! - (leaving * (lastS - firstS)) / SECONDS_PER_DAY);
    });
    const posterior = new PosteriorMean();
    if (repeats === 0) posterior.add(0, p.oneOffShare, 0);
    const regular = 1 - p.oneOffShare - p.windowShopperShare;
    const quiet = new Float64Array(silence.instants.length);
    grid.sensitivities.values.forEach((sensitivity, j) => {
      const { open, until } = this.ratesFrom(firstS, sensitivity);
      const logIntensities = orders.slice(1).reduce((sum, { timeS }) => sum + Math.log(open(timeS)), 0);
      const toLast = until(lastS);
      const expected = silence.instants.map((timeS) => until(timeS) - toLast);
      const openNow = open(cutS) / p.conversion;
      grid.rates.values.forEach((ordersPerDay, i) => {
        for (let k = 0; k < quiet.length; k++) quiet[k] = Math.exp(-ordersPerDay * expected[k]!);
        let [weight, spend] = [0, 0];
        for (let k = 0; k < dropouts.length; k++) {
          const stayed = dropouts[k]! * silence.stayedIn(k, quiet);
          const { wish, plain, promoted } = this.parts[k]!;
          weight += stayed + dropouts[k]! * silence.leftIn(k, quiet);
          spend += stayed * ordersPerDay * (plain + sensitivity * promoted + openNow * wish);
        }
        const prior = grid.rates.logPriors[i]! + grid.sensitivities.logPriors[j]!;
        const log = prior + repeats * Math.log(ordersPerDay) + logIntensities - ordersPerDay * toLast;
        posterior.add(log, regular * weight, regular * spend);
      });
    });
    return posterior.mean * expectedOrderValue(p, sums, orders);
  }

  /**
   * For one order a day from the first order on: the intensity of orders without what all rates share, and the orders expected until an
   * instant (wishes opened less those still open).
   */
  private ratesFrom(firstS: number, sensitivity: number) {
    const { sums, population } = this;
    const of = ({ plain, promoted }: { plain: number; promoted: number }) => plain + sensitivity * promoted;
    const begin = { traffic: sums.traffic(firstS), demand: of(sums.demand(firstS)), open: of(sums.open(firstS)) };
    const open = (timeS: number) => {
      const gone = Math.exp((begin.traffic - sums.traffic(timeS)) / population.considerationDays);
      return Math.max(1e-12, of(sums.open(timeS)) - begin.open * gone);
    };
    return { open, until: (timeS: number) => of(sums.demand(timeS)) - begin.demand - open(timeS) };
  }
}
