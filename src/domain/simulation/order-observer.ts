import { SECONDS_PER_DAY } from '../event';
import { DemandSums } from './demand-sums';
import { type FutureParts, futureParts, type LatentGrid, latentGrid } from './latent-grid';
import { expectedOrderValue, type ObservedOrder } from './observed-value';
import { PosteriorMean } from './posterior-mean';
import type { ShopPopulation } from './shop-population';
import { Silence } from './silence';

/**
 * The best forecast of the span after a cut from the population and a customer's orders only. It is the posterior mean, on a grid over
 * rate, dropout and sensitivity. If wishes overlap freely, orders are a Poisson process of intensity (c / τ) × traffic × expected open
 * wishes (displacement of Poisson points). Here c is the conversion and τ the consideration time. So likelihood and expectation are exact
 * except for the grid.
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

  /** Expected spend, minor units, of a customer who has ordered. Orders in time order. */
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
   * For a rate of one order per day from the first order on. `open`: the intensity of orders, without the factor that all rates share.
   * `until`: orders expected until an instant (wishes opened less those still open).
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
