import { type CustomerEvent, type EventKind, SECONDS_PER_DAY } from '../event';
import { textHash } from '../math/hash';
import { drawExponential, drawLognormal, drawPoisson, mulberry32, type Random } from '../math/random';
import { drawInstant, type Rhythm, type ShopCalendar } from './shop-calendar';
import type { ShopPopulation } from './shop-population';
import { FULL_REFUND_SHARE, MEAN_REFUND_FRACTION, type TrueShopper, type Wish } from './true-shopper';

/** An event of a simulated customer. */
export interface SimulatedEvent extends CustomerEvent {
  /** For an order, refund or cancellation: the id of the order. */
  readonly orderId?: string;
}

/** Callbacks for facts that no record contains: when a customer wishes to buy, and where a visit begins. */
export interface ShopWitness {
  /** Called before the event that opens the wish. */
  readonly onWish?: (wish: Wish) => void;
  readonly onVisit?: (visit: ObservedVisit) => void;
}

/** A visit that does not end in an order. */
export interface ObservedVisit {
  readonly customerId: string;
  readonly timeS: number;
  readonly pages: number;
  readonly clicks: number;
}

/** Wishes and visits are drawn this far ahead at a time. It bounds the memory per customer. */
const CHUNK_S = 30 * SECONDS_PER_DAY;
const MEDIAN_DWELL_S = 25;
const DWELL_SIGMA = 0.8;
const CANCELS_PER_DAY = 4;
/** Mean days from a review's earliest time, one day after the order, to the review. */
const REVIEW_DELAY_DAYS = 4;
const LEAST_RATE = 1e-6;

/**
 * One customer's events in time order, drawn on demand. It runs forward in time: a customer opens wishes, visits while they last, and
 * orders if one converts. So visits predict orders only through the wish behind them.
 */
export class ShopperTimeline {
  /** Future events, latest first, complete up to `drawnUntilS`. */
  private readonly queue: SimulatedEvent[] = [];
  private drawnUntilS: number;
  private nextWishS: number;
  private readonly wishes: Rhythm;
  /** A separate random stream: turning reviews on must not change the orders. */
  private readonly taste: Random;
  private serial = 0;

  constructor(
    private readonly shopper: TrueShopper,
    private readonly population: ShopPopulation,
    private readonly calendar: ShopCalendar,
    private readonly random: Random,
    private readonly witness: ShopWitness = {},
  ) {
    const { arrivalS, firstOrderS, sensitivity } = shopper;
    this.taste = mulberry32(textHash(`${shopper.customerId} ${arrivalS}`));
    this.drawnUntilS = arrivalS;
    this.wishes = calendar.wishes(sensitivity);
    if (Number.isFinite(firstOrderS)) this.wish(arrivalS, firstOrderS, true);
    else this.visit(arrivalS, false);
    this.nextWishS = this.wishAfter(firstOrderS);
    this.sort();
  }

  /** The next event. undefined once the customer has left and every refund was made. */
  next(): SimulatedEvent | undefined {
    for (;;) {
      const event = this.queue.at(-1);
      if (event && event.timeS <= this.drawnUntilS) return this.queue.pop();
      if (this.drawnUntilS === Number.POSITIVE_INFINITY) return undefined;
      this.drawFurther();
    }
  }

  /** Draws everything that begins before the end of the next chunk, or before the customer leaves. */
  private drawFurther(): void {
    const { leavesS } = this.shopper;
    const fromS = this.drawnUntilS;
    if (fromS >= leavesS) {
      this.drawnUntilS = Number.POSITIVE_INFINITY;
      return;
    }
    const untilS = Math.min(fromS + CHUNK_S, leavesS);
    this.idleVisits(fromS, untilS);
    for (; this.nextWishS < untilS; this.nextWishS = this.wishAfter(this.nextWishS)) {
      const { considerationDays, conversion } = this.population;
      const closedS = drawInstant(this.random, 1 / considerationDays, this.calendar.traffic, this.nextWishS);
      this.wish(this.nextWishS, closedS, this.random() < conversion);
    }
    this.drawnUntilS = untilS;
    this.sort();
  }

  private wishAfter(timeS: number): number {
    const { ordersPerDay, leavesS } = this.shopper;
    return drawInstant(this.random, ordersPerDay / this.population.conversion, this.wishes, timeS, leavesS);
  }

  /** The visible part of a wish: the visit that opens it, some visits while it lasts, and the one that ends in an order. */
  private wish(openedS: number, closedS: number, converts: boolean): void {
    const { random, population: p, calendar, shopper } = this;
    this.witness.onWish?.({ customerId: shopper.customerId, openedS, closedS });
    const endS = Math.min(closedS, shopper.leavesS);
    const visitsPerDay = p.visitsPerWish / p.considerationDays;
    this.visit(openedS, true, endS);
    for (let timeS = openedS; ; ) {
      timeS = drawInstant(random, visitsPerDay, calendar.traffic, timeS, endS);
      if (timeS > endS) break;
      this.visit(timeS, true, endS);
    }
    if (!converts || closedS > shopper.leavesS) return;
    this.pages(Math.max(openedS, closedS - MEDIAN_DWELL_S * p.pagesPerVisit * 1.5), true, closedS);
    this.placeOrder(closedS);
  }

  private placeOrder(timeS: number): void {
    const { population: p, random, calendar } = this;
    const orderId = `${this.shopper.customerId}-o${++this.serial}`;
    const deviation = drawLognormal(random, -(p.valueSigmaWithin ** 2) / 2, p.valueSigmaWithin);
    const price = 1 - calendar.discount(timeS);
    const amountMinor = Math.max(1, Math.round(this.shopper.meanOrderMinor * price * deviation));
    const items = 1 + drawPoisson(random, p.itemsPerOrder - 1);
    this.add('order', timeS, { amountMinor, items, orderId });
    const fate = random();
    if (fate < p.cancelShare) {
      this.add('cancel', timeS + drawExponential(random, CANCELS_PER_DAY / SECONDS_PER_DAY), { amountMinor, orderId });
    } else if (fate < p.cancelShare + (1 - p.cancelShare) * p.refundShare) {
      const part = random() < FULL_REFUND_SHARE ? 1 : 0.2 + 0.6 * random();
      const delayS = (1 + drawExponential(random, 1 / laterRefundDays(p))) * SECONDS_PER_DAY;
      this.add('refund', timeS + delayS, { amountMinor: Math.max(1, Math.round(amountMinor * part)), orderId });
    }
    if (this.taste() < p.reviewShare) this.review(timeS);
  }

  /** Some days after an order. The average is 4 stars; customers who leave sooner give fewer. */
  private review(orderS: number): void {
    const { population: p, taste, shopper } = this;
    const haste = Math.log(Math.max(shopper.dropoutsPerDay, LEAST_RATE) / p.dropoutsPerDay);
    const stars = Math.min(5, Math.max(1, Math.round(4 - 0.8 * haste + 1.5 * (taste() - 0.5))));
    this.add('review', orderS + (1 + drawExponential(taste, 1 / REVIEW_DELAY_DAYS)) * SECONDS_PER_DAY, { stars });
  }

  private idleVisits(fromS: number, untilS: number): void {
    const { idleVisitsPerOrder, considerationDays } = this.population;
    const lookingAround = this.shopper.kind === 'window-shopper';
    const perDay = lookingAround ? 0.5 / considerationDays : this.shopper.ordersPerDay * idleVisitsPerOrder;
    for (let timeS = fromS; ; ) {
      timeS = drawInstant(this.random, perDay, this.calendar.traffic, timeS, untilS);
      if (timeS >= untilS) break;
      this.visit(timeS, false);
    }
  }

  /** A visit that does not end in an order. */
  private visit(startS: number, buying: boolean, endS?: number): void {
    const seen = this.pages(startS, buying, endS);
    this.witness.onVisit?.({ customerId: this.shopper.customerId, timeS: startS, ...seen });
  }

  /** The pages of one visit, and clicks on some of them. Ends at `endS` at the latest. */
  private pages(startS: number, buying: boolean, endS = Number.POSITIVE_INFINITY): { pages: number; clicks: number } {
    const { population: p, random } = this;
    const clicksPerPage = buying ? p.clicksPerPageBuying : p.clicksPerPageIdle;
    let timeS = startS;
    let [pages, clicks] = [0, 0];
    for (let left = 1 + drawPoisson(random, p.pagesPerVisit - 1); left > 0 && timeS <= endS; left--) {
      const dwellS = Math.ceil(drawLognormal(random, Math.log(MEDIAN_DWELL_S), DWELL_SIGMA));
      this.add('browse', timeS, { dwellS });
      pages++;
      for (let more = drawPoisson(random, clicksPerPage); more > 0; more--) {
        this.add('click', Math.min(endS, timeS + random() * dwellS));
        clicks++;
      }
      timeS += dwellS;
    }
    return { pages, clicks };
  }

  private sort(): void {
    this.queue.sort((a, b) => b.timeS - a.timeS);
  }

  private add(
    kind: EventKind,
    timeS: number,
    facts: { amountMinor?: number; items?: number; dwellS?: number; stars?: number; orderId?: string } = {},
  ): void {
    const eventId = `${this.shopper.customerId}-e${++this.serial}`;
    const { customerId } = this.shopper;
    const event = {
      kind,
      customerId,
      eventId,
      timeS: Math.floor(timeS),
      amountMinor: 0,
      items: 0,
      dwellS: 0,
      stars: 0,
      ...facts,
    };
    this.queue.push(event);
  }
}

/** Mean days from a refund's earliest time, one day after the order, to the refund. */
function laterRefundDays({ refundDelayDays }: ShopPopulation): number {
  return Math.max(refundDelayDays - 1, 0.1);
}

/** Expected share of an order's value that remains after `days`, net of refunds and cancellations. */
export function keptShare(population: ShopPopulation, days: number): number {
  const cancelled = population.cancelShare * -Math.expm1(-CANCELS_PER_DAY * days);
  const refundable = (1 - population.cancelShare) * population.refundShare * MEAN_REFUND_FRACTION;
  return 1 - cancelled - refundable * -Math.expm1(-Math.max(0, days - 1) / laterRefundDays(population));
}
