import { SECONDS_PER_DAY } from '../event';
import { ShopCalendar } from './shop-calendar';
import type { ShopPopulation } from './shop-population';
import { keptShare } from './shopper-timeline';
import type { TrueShopper, Wish } from './true-shopper';

/** Where a shopper stands at an instant: what the oracle knows beside the rates and the calendar. */
export interface ShopperState {
  /** new: the first order is still ahead. gone: left for good (or never going to buy). */
  readonly phase: 'new' | 'active' | 'gone';
  /** Wishes that are open, the first one not counted. */
  readonly openWishes: number;
}

/** `wishes`: the shopper's own. */
export function stateAt(shopper: TrueShopper, wishes: readonly Wish[], atS: number): ShopperState {
  const { firstOrderS, leavesS } = shopper;
  if (firstOrderS > atS) return { phase: Number.isFinite(firstOrderS) ? 'new' : 'gone', openWishes: 0 };
  if (leavesS <= atS) return { phase: 'gone', openWishes: 0 };
  return { phase: 'active', openWishes: wishes.filter((wish) => wish.openedS <= atS && wish.closedS > atS).length };
}

export interface ExpectedFuture {
  readonly orders: number;
  /** Value of these orders less what of them is given back within the span, minor units. */
  readonly spendMinor: number;
}

const HOUR_S = 3_600;
/** Powers of the matrix exponential per hour: what is left out is below 10⁻⁸ of an order. */
const TERMS = 4;

/**
 * What shoppers will do in a span, for the omniscient: who knows rates, value, sensitivity and calendar, whether a shopper has left, and
 * how many wishes are open; not what is drawn after the span's beginning. With q = P(first order still ahead), a = P(alive, first order
 * placed) and w = the expected open wishes of the living,
 *
 *     q′ = −η q,   a′ = η q − μ a,   w′ = ω a − (η + μ) w,   orders′ = η q + c η w
 *
 * where η is the rate at which wishes end, c the share that converts, ω that of new wishes and μ of leaving. All are constant within an
 * hour, so every hour is one matrix exponential.
 */
export class TrueFuture {
  private readonly days: number[] = [];
  /** Per hour: η of the shop; ω of a shopper of one order a day, at sensitivity 0 and what each unit of it adds. */
  private readonly closing: number[] = [];
  private readonly demand: number[] = [];
  private readonly promoted: number[] = [];
  /** Share of the full price that an order of this hour is still worth at the end. */
  private readonly worth: number[] = [];

  /** Instants in whole seconds. */
  constructor(
    private readonly population: ShopPopulation,
    fromS: number,
    untilS: number,
  ) {
    const calendar = new ShopCalendar(population);
    for (let hourS = fromS; hourS < untilS; ) {
      const nextS = Math.min(untilS, (Math.floor(hourS / HOUR_S) + 1) * HOUR_S);
      const traffic = calendar.traffic.weight(hourS);
      const plain = calendar.demand(hourS, 0);
      this.days.push((nextS - hourS) / SECONDS_PER_DAY);
      this.closing.push(traffic / population.considerationDays);
      this.demand.push((traffic * plain) / population.conversion);
      this.promoted.push((traffic * (calendar.demand(hourS, 1) - plain)) / population.conversion);
      const leftDays = (untilS - (hourS + nextS) / 2) / SECONDS_PER_DAY;
      this.worth.push((1 - calendar.discount(hourS)) * keptShare(population, leftDays));
      hourS = nextS;
    }
  }

  of(shopper: TrueShopper, { phase, openWishes }: ShopperState): ExpectedFuture {
    if (phase === 'gone') return { orders: 0, spendMinor: 0 };
    const { conversion } = this.population;
    const { ordersPerDay, dropoutsPerDay: leaving, sensitivity } = shopper;
    let [ahead, alive, open] = phase === 'new' ? [1, 0, 0] : [0, 1, openWishes];
    let orders = 0;
    let atFullPrice = 0;
    for (let i = 0; i < this.days.length; i++) {
      const closing = this.closing[i]!;
      const opening = ordersPerDay * (this.demand[i]! + sensitivity * this.promoted[i]!);
      let [dAhead, dAlive, dOpen] = [ahead, alive, open];
      let ordered = 0;
      for (let k = 1, scale = this.days[i]!; k <= TERMS; scale *= this.days[i]! / ++k) {
        ordered += scale * closing * (dAhead + conversion * dOpen);
        dOpen = opening * dAlive - (closing + leaving) * dOpen;
        dAlive = closing * dAhead - leaving * dAlive;
        dAhead = -closing * dAhead;
        ahead += scale * dAhead;
        alive += scale * dAlive;
        open += scale * dOpen;
      }
      orders += ordered;
      atFullPrice += ordered * this.worth[i]!;
    }
    return { orders, spendMinor: atFullPrice * shopper.meanOrderMinor };
  }
}
