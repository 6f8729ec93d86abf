import { SECONDS_PER_DAY } from '../event';
import { ShopCalendar } from './shop-calendar';
import type { ShopPopulation } from './shop-population';
import { keptShare } from './shopper-timeline';
import type { TrueShopper, Wish } from './true-shopper';

/** A shopper's state at an instant. With the rates and the calendar, it is all that the oracle needs. */
export interface ShopperState {
  /** new: the first order is still to come. gone: left for good, or will never buy. */
  readonly phase: 'new' | 'active' | 'gone';
  /** Number of open wishes, without the first one. */
  readonly openWishes: number;
}

/** `wishes`: the wishes of this shopper. */
export function stateAt(shopper: TrueShopper, wishes: readonly Wish[], atS: number): ShopperState {
  const { firstOrderS, leavesS } = shopper;
  if (firstOrderS > atS) return { phase: Number.isFinite(firstOrderS) ? 'new' : 'gone', openWishes: 0 };
  if (leavesS <= atS) return { phase: 'gone', openWishes: 0 };
  return { phase: 'active', openWishes: wishes.filter((wish) => wish.openedS <= atS && wish.closedS > atS).length };
}

export interface ExpectedFuture {
  readonly orders: number;
  /** Value of these orders less their refunds and cancellations within the span, minor units. */
  readonly spendMinor: number;
}

const HOUR_S = 3_600;
/** Terms of the matrix exponential per hour. The error is below 10⁻⁸ of an order. */
const TERMS = 4;

/**
 * The oracle's forecast of a span. The oracle knows rates, value, sensitivity and calendar, whether a shopper has left, and how many
 * wishes are open. It does not know what is drawn after the span's beginning. Let q = P(first order still to come), a = P(active, first
 * order placed) and w = the expected open wishes of active shoppers. Then
 *
 *     q′ = −η q,   a′ = η q − μ a,   w′ = ω a − (η + μ) w,   orders′ = η q + c η w
 *
 * Here η is the rate at which wishes end, c the share that converts, ω the rate of new wishes and μ that of leaving. All are constant
 * within an hour, so every hour is one matrix exponential.
 */
export class TrueFuture {
  private readonly days: number[] = [];
  /**
   * Per hour: η, the rate at which wishes end in the shop; and ω, the rate of new wishes at one order per day, as the value at
   * sensitivity 0 and the increase per unit.
   */
  private readonly closing: number[] = [];
  private readonly demand: number[] = [];
  private readonly promoted: number[] = [];
  /** Per hour: the share of the full price that an order is still worth at the end of the span. */
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
