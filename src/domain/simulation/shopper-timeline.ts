import { type CustomerEvent, type EventKind, SECONDS_PER_DAY } from '../event';
import { drawExponential, drawLognormal, drawPoisson, type Random } from '../random';
import type { ShopPopulation } from './shop-population';
import { FULL_REFUND_SHARE, type TrueShopper } from './true-shopper';

/** An event of a simulated customer. */
export interface SimulatedEvent extends CustomerEvent {
  /** Order, refund, cancel: the order it is about. */
  readonly orderId?: string;
}

/** How far visits are drawn ahead at once: bounds what one customer keeps in memory. */
const CHUNK_S = 30 * SECONDS_PER_DAY;
const MEDIAN_DWELL_S = 25;
const DWELL_SIGMA = 0.8;
const HOURS_PER_DAY = 24;

/** One customer's events in time order, drawn as they are needed. */
export class ShopperTimeline {
  /** Events to come, latest first, complete up to `drawnUntilS`. */
  private readonly queue: SimulatedEvent[] = [];
  private drawnUntilS: number;
  private nextOrderS: number;
  private serial = 0;

  constructor(
    private readonly shopper: TrueShopper,
    private readonly population: ShopPopulation,
    private readonly random: Random,
  ) {
    this.drawnUntilS = shopper.arrivalS;
    this.nextOrderS = shopper.firstOrderS;
    this.visit(shopper.arrivalS, false);
    if (Number.isFinite(this.nextOrderS)) this.leadVisits(shopper.arrivalS);
    this.sort();
  }

  /** The next event; undefined once the customer has left and everything is given back. */
  next(): SimulatedEvent | undefined {
    for (;;) {
      const event = this.queue.at(-1);
      if (event && event.timeS <= this.drawnUntilS) return this.queue.pop();
      if (this.drawnUntilS === Number.POSITIVE_INFINITY) return undefined;
      this.drawFurther();
    }
  }

  /** Draws visits up to the next order, a chunk's end, or the end of the relationship, whichever is first. */
  private drawFurther(): void {
    const { leavesS, firstOrderS } = this.shopper;
    if (this.drawnUntilS >= leavesS && this.nextOrderS > leavesS) {
      this.drawnUntilS = Number.POSITIVE_INFINITY;
      return;
    }
    const fromS = this.drawnUntilS;
    const endS = Number.isFinite(firstOrderS) ? Math.max(leavesS, firstOrderS) : leavesS;
    const untilS = Math.min(this.nextOrderS, fromS + CHUNK_S, endS);
    this.idleVisits(fromS, untilS);
    this.drawnUntilS = untilS;
    if (untilS === this.nextOrderS) this.placeOrder();
    this.sort();
  }

  private placeOrder(): void {
    const { population: p, random, nextOrderS: timeS } = this;
    const orderId = `${this.shopper.customerId}-o${++this.serial}`;
    const deviation = drawLognormal(random, -(p.valueSigmaWithin ** 2) / 2, p.valueSigmaWithin);
    const amountMinor = Math.max(1, Math.round(this.shopper.meanOrderMinor * deviation));
    const items = 1 + drawPoisson(random, p.itemsPerOrder - 1);
    this.add('order', timeS, { amountMinor, items, orderId });
    const fate = random();
    if (fate < p.cancelShare) {
      this.add('cancel', timeS + drawExponential(random, 4 / SECONDS_PER_DAY), { amountMinor, orderId });
    } else if (fate < p.cancelShare + (1 - p.cancelShare) * p.refundShare) {
      const part = random() < FULL_REFUND_SHARE ? 1 : 0.2 + 0.6 * random();
      const delayS = (1 + drawExponential(random, 1 / Math.max(p.refundDelayDays - 1, 0.1))) * SECONDS_PER_DAY;
      this.add('refund', timeS + delayS, { amountMinor: Math.max(1, Math.round(amountMinor * part)), orderId });
    }
    this.nextOrderS = this.seasonal(timeS, this.shopper.ordersPerDay, this.shopper.leavesS);
    if (this.nextOrderS <= this.shopper.leavesS) this.leadVisits(timeS);
    else this.nextOrderS = Number.POSITIVE_INFINITY;
  }

  /** The run-up to the next order: visits in the days before it, and the one that ends in it. */
  private leadVisits(afterS: number): void {
    const { population: p, random, nextOrderS } = this;
    for (let visits = drawPoisson(random, p.leadVisitsPerOrder); visits > 0; visits--) {
      const startS = this.awake(() => nextOrderS - drawExponential(random, 1 / p.considerationDays) * SECONDS_PER_DAY);
      if (startS > afterS) this.visit(startS, true);
    }
    this.visit(Math.max(afterS, nextOrderS - MEDIAN_DWELL_S * p.pagesPerVisit * 1.5), true, nextOrderS);
  }

  private idleVisits(fromS: number, untilS: number): void {
    const { idleVisitsPerOrder, considerationDays } = this.population;
    const lookingAround = this.shopper.kind === 'window-shopper';
    const perDay = lookingAround ? 0.5 / considerationDays : this.shopper.ordersPerDay * idleVisitsPerOrder;
    for (
      let timeS = this.seasonal(fromS, perDay, untilS);
      timeS < untilS;
      timeS = this.seasonal(timeS, perDay, untilS)
    ) {
      this.visit(timeS, false);
    }
  }

  /** One visit: pages, and clicks on some of them. Cut off at `endS`. */
  private visit(startS: number, buying: boolean, endS = Number.POSITIVE_INFINITY): void {
    const { population: p, random } = this;
    const clicksPerPage = buying ? p.clicksPerPageBuying : p.clicksPerPageIdle;
    let timeS = startS;
    for (let pages = 1 + drawPoisson(random, p.pagesPerVisit - 1); pages > 0 && timeS <= endS; pages--) {
      const dwellS = Math.ceil(drawLognormal(random, Math.log(MEDIAN_DWELL_S), DWELL_SIGMA));
      this.add('browse', timeS, { dwellS });
      for (let clicks = drawPoisson(random, clicksPerPage); clicks > 0; clicks--) {
        this.add('click', Math.min(endS, timeS + random() * dwellS));
      }
      timeS += dwellS;
    }
  }

  /**
   * The next instant of a Poisson process of `perDay` that follows the week and the hours (by thinning, so that the mean
   * rate is exact); infinite once past `untilS`.
   */
  private seasonal(afterS: number, perDay: number, untilS: number): number {
    if (perDay <= 0) return Number.POSITIVE_INFINITY;
    const peak = peakWeight(this.population);
    for (let timeS = afterS; timeS <= untilS; ) {
      timeS += drawExponential(this.random, perDay * peak) * SECONDS_PER_DAY;
      if (this.random() * peak < weightAt(this.population, timeS)) return timeS;
    }
    return Number.POSITIVE_INFINITY;
  }

  /** A time drawn again while it falls in unlikely hours, a few times at most. */
  private awake(draw: () => number): number {
    const peak = peakWeight(this.population);
    let timeS = draw();
    for (let tries = 0; tries < 8 && this.random() * peak > weightAt(this.population, timeS); tries++) timeS = draw();
    return timeS;
  }

  private sort(): void {
    this.queue.sort((a, b) => b.timeS - a.timeS);
  }

  private add(
    kind: EventKind,
    timeS: number,
    facts: { amountMinor?: number; items?: number; dwellS?: number; orderId?: string } = {},
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
      ...facts,
    };
    this.queue.push(event);
  }
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Traffic at an instant relative to the week's mean. */
function weightAt({ weekdayWeights, hourWeights }: ShopPopulation, timeS: number): number {
  // The epoch was a Thursday.
  const weekday = (Math.floor(timeS / SECONDS_PER_DAY) + 4) % weekdayWeights.length;
  const hour = Math.floor((timeS % SECONDS_PER_DAY) / (SECONDS_PER_DAY / HOURS_PER_DAY));
  const weight = (weekdayWeights[weekday] as number) * (hourWeights[hour] as number);
  return weight / (mean(weekdayWeights) * mean(hourWeights));
}

const peaks = new WeakMap<ShopPopulation, number>();

function peakWeight(population: ShopPopulation): number {
  const known = peaks.get(population);
  if (known !== undefined) return known;
  const { weekdayWeights, hourWeights } = population;
  const peak = (Math.max(...weekdayWeights) * Math.max(...hourWeights)) / (mean(weekdayWeights) * mean(hourWeights));
  peaks.set(population, peak);
  return peak;
}
