import { SECONDS_PER_DAY } from '../event';
import { PriorityQueue } from '../math/priority-queue';
import { drawExponential, mulberry32, type Random } from '../math/random';
import { ShopCalendar } from './shop-calendar';
import type { ShopPopulation } from './shop-population';
import { ShopperTimeline, type ShopWitness, type SimulatedEvent } from './shopper-timeline';
import { drawShopper, type TrueShopper } from './true-shopper';

export interface SimulationOptions {
  /** Customers that arrive in the first year. After that, each year has as many as the steady part of the population. */
  readonly customers: number;
  /** First instant, seconds since the epoch. */
  readonly startS: number;
  readonly random: Random;
  /** Prefix of every customer id; default 'customer-'. */
  readonly idPrefix?: string;
  /** Called for each customer before its first event, with the truth that models are judged by. */
  readonly onShopper?: (shopper: TrueShopper) => void;
  readonly witness?: ShopWitness;
}

interface Visitor {
  readonly timeS: number;
  readonly tie: number;
  readonly event: SimulatedEvent;
  readonly timeline: ShopperTimeline;
}

const OPENING_DAYS = 30;
const YEAR_DAYS = 365;

/**
 * An endless stream of a simulated shop's events, in event-time order. Memory is proportional to the customers who have not left. The
 * same population, options and random numbers give the same events.
 */
export function* simulateShop(
  population: ShopPopulation,
  options: SimulationOptions,
): Generator<SimulatedEvent, never> {
  const { startS, random, idPrefix = 'customer-', onShopper, witness } = options;
  const calendar = new ShopCalendar(population);
  const visitors = new PriorityQueue<Visitor>(earlier);
  let arrivals = 0;
  let arrivalS = nextArrival(startS, population, options);
  for (;;) {
    const first = visitors.peek();
    if (first === undefined || first.timeS >= Math.floor(arrivalS)) {
      const tie = ++arrivals;
      const shopperRandom = mulberry32(Math.floor(random() * 2 ** 32));
      const shopper = drawShopper(population, calendar, `${idPrefix}${tie}`, arrivalS, shopperRandom);
      onShopper?.(shopper);
      enqueue(visitors, new ShopperTimeline(shopper, population, calendar, shopperRandom, witness), tie);
      arrivalS = nextArrival(arrivalS, population, options);
      continue;
    }
    visitors.pop();
    yield first.event;
    enqueue(visitors, first.timeline, first.tie);
  }
}

/** Earliest first. Equal times are in order of arrival. */
function earlier(a: Visitor, b: Visitor): number {
  return a.timeS - b.timeS || a.tie - b.tie;
}

function enqueue(visitors: PriorityQueue<Visitor>, timeline: ShopperTimeline, tie: number): void {
  const event = timeline.next();
  if (event) visitors.push({ timeS: event.timeS, tie, event, timeline });
}

/** Poisson arrivals: many in the opening month, then at a steady rate. */
function nextArrival(afterS: number, { openingShare }: ShopPopulation, options: SimulationOptions): number {
  const { customers, startS, random } = options;
  const openingEndS = startS + OPENING_DAYS * SECONDS_PER_DAY;
  const steadyPerDay = (customers * (1 - openingShare)) / YEAR_DAYS;
  if (afterS < openingEndS) {
    const perDay = steadyPerDay + (customers * openingShare) / OPENING_DAYS;
    const candidateS = afterS + drawExponential(random, perDay) * SECONDS_PER_DAY;
    if (candidateS < openingEndS) return candidateS;
  }
  // Memoryless: after the opening, the wait starts again.
  return Math.max(afterS, openingEndS) + drawExponential(random, steadyPerDay) * SECONDS_PER_DAY;
}
