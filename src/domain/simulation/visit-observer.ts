import { SECONDS_PER_DAY } from '../event';
import { DemandSums } from './demand-sums';
import { type FutureParts, futureParts, type LatentGrid, latentGrid } from './latent-grid';
import { expectedOrderValue, type ObservedOrder } from './observed-value';
import { PosteriorMean } from './posterior-mean';
import type { ShopPopulation } from './shop-population';
import type { ObservedVisit } from './shopper-timeline';
import { Silence } from './silence';
import { WishFilter } from './wish-filter';

/** All that a shop with page tracking can observe of a customer, each list in time order. */
export interface ObservedCustomer {
  /** The first visit is the arrival. */
  readonly visits: readonly ObservedVisit[];
  readonly orders: readonly ObservedOrder[];
}

/**
 * The best forecast of the span after a cut from the population and everything that a shop observes of a customer. It is the posterior
 * mean, on a grid over rate, dropout and sensitivity. Each grid point has a filter over the number of open wishes. It is exact except for
 * three things: the grid, the filter's maximum of open wishes, and visits that an order cuts short.
 */
export class VisitObserver {
  private readonly sums: DemandSums;
  private readonly grid: LatentGrid;
  private readonly filter: WishFilter;
  private readonly parts: readonly { readonly active: FutureParts; readonly fresh: FutureParts }[];

  constructor(
    private readonly population: ShopPopulation,
    fromS: number,
    private readonly cutS: number,
    untilS: number,
  ) {
    this.sums = new DemandSums(population, fromS, cutS);
    this.filter = new WishFilter(population, this.sums);
    this.grid = latentGrid(population);
    this.parts = futureParts(population, this.grid.dropouts.values, cutS, untilS);
  }

  /** Expected spend, minor units. */
  expectedSpend(customer: ObservedCustomer): number {
    const perOrderValue = customer.orders.length === 0 ? this.prospect(customer) : this.buyer(customer);
    return perOrderValue * expectedOrderValue(this.population, this.sums, customer.orders);
  }

  private buyer({ visits, orders }: ObservedCustomer): number {
    const { grid, population: p, cutS, filter } = this;
    const firstS = orders[0]!.timeS;
    const opening = this.untilFirstOrder(visits, firstS);
    const signs = this.filter.signsAfter(firstS, visits, orders);
    const lastS = Math.max(firstS, visits[visits.length - 1]!.timeS, orders[orders.length - 1]!.timeS);
    const silence = new Silence(lastS, cutS, grid.dropouts.values);
    const dropouts = grid.dropouts.values.map((leaving, k) => {
      return Math.exp(grid.dropouts.logPriors[k]! - (leaving * (lastS - firstS)) / SECONDS_PER_DAY);
    });
    const passing = silence.instants.map((timeS) => this.filter.passing(lastS, timeS));
    const posterior = new PosteriorMean();
    if (signs.length === 0) posterior.add(opening(0), p.oneOffShare, 0);
    const regular = 1 - p.oneOffShare - p.windowShopperShare;
    const quiet = new Float64Array(passing.length);
    grid.rates.values.forEach((ordersPerDay, i) => {
      grid.sensitivities.values.forEach((sensitivity, j) => {
        const likelihood = opening(ordersPerDay) + this.filter.run(signs, ordersPerDay, sensitivity);
        for (let k = 0; k < quiet.length; k++) {
          quiet[k] = filter.quiet(passing[k]!, ordersPerDay, sensitivity);
        }
        const openNow = filter.expectedOpen(passing[passing.length - 1]!);
        let [weight, spend] = [0, 0];
        for (let k = 0; k < dropouts.length; k++) {
          const stayed = dropouts[k]! * silence.stayedIn(k, quiet);
          const { wish, plain, promoted } = this.parts[k]!.active;
          weight += stayed + dropouts[k]! * silence.leftIn(k, quiet);
          spend += stayed * (ordersPerDay * (plain + sensitivity * promoted) + openNow * wish);
        }
        const prior = grid.rates.logPriors[i]! + grid.sensitivities.logPriors[j]!;
        posterior.add(prior + likelihood, regular * weight, regular * spend);
      });
    });
    return posterior.mean;
  }

  /** A customer without orders may be a regular or a one-off buyer who has not decided yet, or a window shopper. */
  private prospect({ visits }: ObservedCustomer): number {
    const { grid, population: p, cutS, sums } = this;
    const arrivalS = visits[0]!.timeS;
    const undecided = -(sums.traffic(cutS) - sums.traffic(arrivalS)) / p.considerationDays;
    const opening = this.untilFirstOrder(visits, cutS);
    let weight = p.oneOffShare * Math.exp(undecided + opening(0));
    let spend = weight * this.parts[0]!.fresh.wish;
    const regular = 1 - p.oneOffShare - p.windowShopperShare;
    grid.rates.values.forEach((ordersPerDay, i) => {
      grid.dropouts.values.forEach((_, k) => {
        const prior = regular * Math.exp(grid.rates.logPriors[i]! + grid.dropouts.logPriors[k]!);
        const w = prior * Math.exp(undecided + opening(ordersPerDay));
        const { wish, plain, promoted } = this.parts[k]!.fresh;
        weight += w;
        spend += w * (wish + ordersPerDay * (plain + promoted));
      });
    });
    return spend / (weight + p.windowShopperShare * this.looksAround(visits));
  }

  /**
   * Log likelihood of the visits until the first order (or the cut) as a function of the order rate. Factors that all buyers share are
   * left out.
   */
  private untilFirstOrder(visits: readonly ObservedVisit[], untilS: number): (ordersPerDay: number) => number {
    const { population: p, sums } = this;
    const traffic = sums.traffic(untilS) - sums.traffic(visits[0]!.timeS);
    const before = visits.filter(({ timeS }) => timeS < untilS).map((visit) => this.filter.buying(visit));
    const perDay = p.visitsPerWish / p.considerationDays;
    return (ordersPerDay) => {
      const idle = ordersPerDay * p.idleVisitsPerOrder;
      let log = Math.log(before[0]!) - (perDay + idle) * traffic;
      for (let v = 1; v < before.length; v++) log += Math.log(before[v]! * perDay + idle);
      return log;
    };
  }

  /** Likelihood of the visits of a window shopper. Window shoppers stay four times as many days as a buyer takes to decide. */
  private looksAround(visits: readonly ObservedVisit[]): number {
    const { population: p, sums, cutS } = this;
    const arrivalS = visits[0]!.timeS;
    const lastS = visits[visits.length - 1]!.timeS;
    const perDay = 0.5 / p.considerationDays;
    const passed = (timeS: number) => sums.traffic(timeS) - sums.traffic(arrivalS);
    const here = (timeS: number) => Math.exp(-passed(arrivalS + (timeS - arrivalS) / 4) / p.considerationDays);
    const quiet = (timeS: number) => Math.exp(-perDay * passed(timeS));
    const { instants } = new Silence(lastS, cutS, []);
    let likelihood = here(cutS) * quiet(cutS);
    for (let k = 1; k < instants.length; k++) {
      const [from, to] = [instants[k - 1]!, instants[k]!];
      likelihood += ((quiet(from) + quiet(to)) / 2) * (here(from) - here(to));
    }
    return likelihood * perDay ** (visits.length - 1);
  }
}
