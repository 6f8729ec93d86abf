import { SECONDS_PER_DAY } from '../event';
import { type Demand, DemandSums } from './demand-sums';
import { type FutureParts, futureParts, type LatentGrid, latentGrid } from './latent-grid';
import { expectedOrderValue, type ObservedOrder } from './observed-value';
import { PosteriorMean } from './posterior-mean';
import type { ShopPopulation } from './shop-population';
import type { ObservedVisit } from './shopper-timeline';
import { Silence } from './silence';

/** More wishes open at once than this are taken as this. */
const MOST_OPEN = 5;
const BINOMIALS = [[1], [1, 1], [1, 2, 1], [1, 3, 3, 1], [1, 4, 6, 4, 1], [1, 5, 10, 10, 5, 1]];
/** Of an order that no open wish explains: two events of one second may come the wrong way round. */
const UNEXPLAINED = 1e-9;

/** All that a shop with page tracking knows of a customer; each in time order. */
export interface ObservedCustomer {
  /** The first one is the arrival. */
  readonly visits: readonly ObservedVisit[];
  readonly orders: readonly ObservedOrder[];
}

/** A span without a sign. */
interface Passing {
  readonly traffic: number;
  readonly demand: Demand;
  /** Of a wish open at its beginning: that it goes on, and that it ends, neither seen. */
  readonly stays: number;
  readonly ends: number;
}

/** One sign of life after the first order, and the span since the one before. */
interface Sign extends Passing {
  readonly kind: 'visit' | 'order';
  /** How much likelier its clicks are of somebody who wishes to buy. */
  readonly buying: number;
  /** Demand at the instant. */
  readonly at: Demand;
  /** moves[n][m]: n open wishes have shown nothing and m are left. */
  readonly moves: readonly (readonly number[])[];
}

/**
 * What the population and all that a shop sees of a customer tell of the span after a cut: the posterior mean, by a grid over rate,
 * dropout and sensitivity, and for each of its points a filter over the number of open wishes. A wish that opens is always seen, so in
 * between signs wishes only end. Exact but for the grid, for {@link MOST_OPEN}, and for visits cut short by an order.
 */
export class VisitObserver {
  private readonly sums: DemandSums;
  private readonly grid: LatentGrid;
  private readonly parts: readonly { readonly active: FutureParts; readonly fresh: FutureParts }[];

  constructor(
    private readonly population: ShopPopulation,
    fromS: number,
    private readonly cutS: number,
    untilS: number,
  ) {
    this.sums = new DemandSums(population, fromS, cutS);
    this.grid = latentGrid(population);
    this.parts = futureParts(population, this.grid.dropouts.values, cutS, untilS);
  }

  /** Expected spend, minor units. */
  expectedSpend(customer: ObservedCustomer): number {
    const perOrderValue = customer.orders.length === 0 ? this.prospect(customer) : this.buyer(customer);
    return perOrderValue * expectedOrderValue(this.population, this.sums, customer.orders);
  }

  private buyer({ visits, orders }: ObservedCustomer): number {
    const { grid, population: p, cutS } = this;
    const firstS = orders[0]!.timeS;
    const opening = this.untilFirstOrder(visits, firstS);
    const signs = this.signsAfter(firstS, visits, orders);
    const lastS = Math.max(firstS, visits[visits.length - 1]!.timeS, orders[orders.length - 1]!.timeS);
    const silence = new Silence(lastS, cutS, grid.dropouts.values);
    const dropouts = grid.dropouts.values.map((leaving, k) => {
      return Math.exp(grid.dropouts.logPriors[k]! - (leaving * (lastS - firstS)) / SECONDS_PER_DAY);
    });
    const passing = silence.instants.map((timeS) => this.passing(lastS, timeS));
    const posterior = new PosteriorMean();
    if (signs.length === 0) posterior.add(opening(0), p.oneOffShare, 0);
    const regular = 1 - p.oneOffShare - p.windowShopperShare;
    const quiet = new Float64Array(passing.length);
    const wishes = new Float64Array(MOST_OPEN + 1);
    grid.rates.values.forEach((ordersPerDay, i) => {
      grid.sensitivities.values.forEach((sensitivity, j) => {
        const likelihood = opening(ordersPerDay) + this.filter(wishes, signs, ordersPerDay, sensitivity);
        for (let k = 0; k < quiet.length; k++) {
          quiet[k] = this.unseen(passing[k]!, ordersPerDay, sensitivity) * quietWishes(wishes, passing[k]!);
        }
        const openNow = expectedOpen(wishes, passing[passing.length - 1]!);
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

  /** Who has not ordered may be a regular or a one-off buyer still making up their mind, or somebody who looks around. */
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

  /** Log likelihood of the visits until the first order (or the cut), beside what all buyers share, for a rate of orders. */
  private untilFirstOrder(visits: readonly ObservedVisit[], untilS: number): (ordersPerDay: number) => number {
    const { population: p, sums } = this;
    const traffic = sums.traffic(untilS) - sums.traffic(visits[0]!.timeS);
    const before = visits.filter(({ timeS }) => timeS < untilS).map((visit) => this.buying(visit));
    const perDay = p.visitsPerWish / p.considerationDays;
    return (ordersPerDay) => {
      const idle = ordersPerDay * p.idleVisitsPerOrder;
      let log = Math.log(before[0]!) - (perDay + idle) * traffic;
      for (let v = 1; v < before.length; v++) log += Math.log(before[v]! * perDay + idle);
      return log;
    };
  }

  /** Likelihood of the visits of one who looks around and leaves four times the days after which a buyer would have decided. */
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

  private signsAfter(
    firstS: number,
    visits: readonly ObservedVisit[],
    orders: readonly ObservedOrder[],
  ): readonly Sign[] {
    const seen = [
      ...visits.filter(({ timeS }) => timeS >= firstS).map((visit) => ({ timeS: visit.timeS, visit })),
      // Records bear whole seconds, rounded down: an order comes after the visit of its second.
      ...orders.slice(1).map(({ timeS }) => ({ timeS: timeS + 1, visit: null })),
    ].sort((a, b) => a.timeS - b.timeS);
    let sinceS = firstS;
    return seen.map(({ timeS, visit }) => {
      const passing = this.passing(sinceS, timeS);
      const sign: Sign = {
        ...passing,
        kind: visit ? 'visit' : 'order',
        buying: visit ? this.buying(visit) : 1,
        at: this.sums.at(timeS),
        moves: BINOMIALS.map((row, n) => row.map((count, m) => count * passing.stays ** m * passing.ends ** (n - m))),
      };
      sinceS = timeS;
      return sign;
    });
  }

  private passing(fromS: number, toS: number): Passing {
    const { sums, population: p } = this;
    const traffic = sums.traffic(toS) - sums.traffic(fromS);
    const [from, to] = [sums.demand(fromS), sums.demand(toS)];
    // A wish is seen to go on (a visit) or to convert (an order), or it ends unseen.
    const stays = Math.exp((-(1 + p.visitsPerWish) * traffic) / p.considerationDays);
    const ends = ((1 - p.conversion) / (1 + p.visitsPerWish)) * (1 - stays);
    return { traffic, demand: { plain: to.plain - from.plain, promoted: to.promoted - from.promoted }, stays, ends };
  }

  /** Probability that one who is there opens no wish and pays no idle visit. */
  private unseen({ traffic, demand }: Passing, ordersPerDay: number, sensitivity: number): number {
    return Math.exp(-ordersPerDay * this.signsPerOrder(traffic, demand, sensitivity));
  }

  private signsPerOrder(traffic: number, { plain, promoted }: Demand, sensitivity: number): number {
    const { conversion, idleVisitsPerOrder } = this.population;
    return idleVisitsPerOrder * traffic + (plain + sensitivity * promoted) / conversion;
  }

  /** Leaves the distribution of the open wishes after the last sign in `wishes`; the log likelihood of all signs. */
  private filter(wishes: Float64Array, signs: readonly Sign[], ordersPerDay: number, sensitivity: number): number {
    const { considerationDays, visitsPerWish, conversion, idleVisitsPerOrder } = this.population;
    const idle = ordersPerDay * idleVisitsPerOrder;
    const again = visitsPerWish / considerationDays;
    const converting = conversion / considerationDays;
    wishes.fill(0);
    wishes[0] = 1;
    let log = 0;
    for (const { kind, buying, traffic, demand, at, moves } of signs) {
      log -= ordersPerDay * this.signsPerOrder(traffic, demand, sensitivity);
      move(wishes, moves);
      if (kind === 'visit') {
        const opening = (ordersPerDay * (at.plain + sensitivity * at.promoted)) / conversion;
        for (let n = MOST_OPEN; n >= 0; n--) {
          const opened = opening * (n === 0 ? 0 : wishes[n - 1]!) + (n === MOST_OPEN ? opening * wishes[n]! : 0);
          wishes[n] = buying * (opened + again * n * wishes[n]!) + idle * wishes[n]!;
        }
      } else {
        for (let n = 0; n <= MOST_OPEN; n++) {
          const next = n === MOST_OPEN ? 0 : wishes[n + 1]!;
          wishes[n] = converting * ((n + 1) * next + UNEXPLAINED * wishes[n]!);
        }
      }
      let total = 0;
      for (let n = 0; n <= MOST_OPEN; n++) total += wishes[n]!;
      for (let n = 0; n <= MOST_OPEN; n++) wishes[n]! /= total;
      log += Math.log(total);
    }
    return log;
  }

  /** How much likelier these clicks on these pages are of somebody who wishes to buy: a ratio of two Poisson probabilities. */
  private buying({ pages, clicks }: ObservedVisit): number {
    const { clicksPerPageBuying: buying, clicksPerPageIdle: idle } = this.population;
    return (buying / idle) ** clicks * Math.exp(-(buying - idle) * pages);
  }
}

/** In place: the number left is never more than there were. */
function move(wishes: Float64Array, moves: readonly (readonly number[])[]): void {
  for (let m = 0; m <= MOST_OPEN; m++) {
    let left = 0;
    for (let n = m; n <= MOST_OPEN; n++) left += wishes[n]! * moves[n]![m]!;
    wishes[m] = left;
  }
}

/** Probability that nothing is seen of the open wishes. */
function quietWishes(wishes: Float64Array, { stays, ends }: Passing): number {
  let [total, each] = [0, 1];
  for (let n = 0; n <= MOST_OPEN; n++, each *= stays + ends) total += wishes[n]! * each;
  return total;
}

/** Mean number still open, given that nothing was seen of them. */
function expectedOpen(wishes: Float64Array, passing: Passing): number {
  const goesOn = passing.stays / (passing.stays + passing.ends);
  let [open, each] = [0, 1];
  for (let n = 0; n <= MOST_OPEN; n++, each *= passing.stays + passing.ends) open += n * goesOn * wishes[n]! * each;
  return open / quietWishes(wishes, passing);
}
