import type { Demand, DemandSums } from './demand-sums';
import type { ObservedOrder } from './observed-value';
import type { ShopPopulation } from './shop-population';
import type { ObservedVisit } from './shopper-timeline';

/** Maximum of simultaneously open wishes. More are counted as this many. */
const MOST_OPEN = 5;
const BINOMIALS = [[1], [1, 1], [1, 2, 1], [1, 3, 3, 1], [1, 4, 6, 4, 1], [1, 5, 10, 10, 5, 1]];
/** Likelihood of an order without an open wish. It can occur because two events of one second may be in the wrong order. */
const UNEXPLAINED = 1e-9;

/** A span without a sign of life. */
export interface Passing {
  readonly traffic: number;
  readonly demand: Demand;
  /** For a wish that is open at the beginning of the span: the probability that it goes on unseen, and that it ends unseen. */
  readonly stays: number;
  readonly ends: number;
}

/** One sign of life after the first order, and the span since the previous one. */
export interface Sign extends Passing {
  readonly kind: 'visit' | 'order';
  /** Likelihood ratio of the visit's clicks: with a wish to buy over without one. */
  readonly buying: number;
  /** Demand at the time of the sign. */
  readonly at: Demand;
  /** moves[n][m]: probability that n open wishes show nothing and m of them are left. */
  readonly moves: readonly (readonly number[])[];
}

/**
 * Filters the number of a buyer's open wishes from the signs of life, for one rate and sensitivity. The opening of a wish is always seen
 * as a visit, so between signs wishes only end.
 */
export class WishFilter {
  /** Probability of each number of open wishes after the last sign. */
  private readonly wishes = new Float64Array(MOST_OPEN + 1);

  constructor(
    private readonly population: ShopPopulation,
    private readonly sums: DemandSums,
  ) {}

  /** The signs after the first order, merged from visits and orders in time order. */
  signsAfter(firstS: number, visits: readonly ObservedVisit[], orders: readonly ObservedOrder[]): readonly Sign[] {
    const seen = [
      ...visits.filter(({ timeS }) => timeS >= firstS).map((visit) => ({ timeS: visit.timeS, visit })),
      // Times are rounded down to whole seconds. An order comes after the visit of the same second.
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

  passing(fromS: number, toS: number): Passing {
    const { sums, population: p } = this;
    const traffic = sums.traffic(toS) - sums.traffic(fromS);
    const [from, to] = [sums.demand(fromS), sums.demand(toS)];
    // An open wish shows a visit or converts to an order, or it ends unseen.
    const stays = Math.exp((-(1 + p.visitsPerWish) * traffic) / p.considerationDays);
    const ends = ((1 - p.conversion) / (1 + p.visitsPerWish)) * (1 - stays);
    return { traffic, demand: { plain: to.plain - from.plain, promoted: to.promoted - from.promoted }, stays, ends };
  }

  /** Probability that an active customer opens no wish, makes no idle visit, and shows no sign of the open wishes. */
  quiet(passing: Passing, ordersPerDay: number, sensitivity: number): number {
    const { traffic, demand, stays, ends } = passing;
    let [unseen, each] = [0, 1];
    for (let n = 0; n <= MOST_OPEN; n++, each *= stays + ends) unseen += this.wishes[n]! * each;
    return unseen * Math.exp(-ordersPerDay * this.signsPerOrder(traffic, demand, sensitivity));
  }

  /** Mean number of wishes still open after a span without a sign of them. */
  expectedOpen({ stays, ends }: Passing): number {
    const goesOn = stays / (stays + ends);
    let [total, open, each] = [0, 0, 1];
    for (let n = 0; n <= MOST_OPEN; n++, each *= stays + ends) {
      total += this.wishes[n]! * each;
      open += n * goesOn * this.wishes[n]! * each;
    }
    return open / total;
  }

  private signsPerOrder(traffic: number, { plain, promoted }: Demand, sensitivity: number): number {
    const { conversion, idleVisitsPerOrder } = this.population;
    return idleVisitsPerOrder * traffic + (plain + sensitivity * promoted) / conversion;
  }

  /** Runs over all signs from the first order on, when no wish is open. Returns their log likelihood. */
  run(signs: readonly Sign[], ordersPerDay: number, sensitivity: number): number {
    const { wishes } = this;
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

  /** Likelihood ratio of these clicks on these pages: with a wish to buy over without one. A ratio of two Poisson probabilities. */
  buying({ pages, clicks }: ObservedVisit): number {
    const { clicksPerPageBuying: buying, clicksPerPageIdle: idle } = this.population;
    return (buying / idle) ** clicks * Math.exp(-(buying - idle) * pages);
  }
}

/** In place: works because the number left is never above the number before. */
function move(wishes: Float64Array, moves: readonly (readonly number[])[]): void {
  for (let m = 0; m <= MOST_OPEN; m++) {
    let left = 0;
    for (let n = m; n <= MOST_OPEN; n++) left += wishes[n]! * moves[n]![m]!;
    wishes[m] = left;
  }
}
