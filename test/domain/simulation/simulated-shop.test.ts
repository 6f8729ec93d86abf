import { type EventKind, SECONDS_PER_DAY, STEP_KINDS } from '../../../src/domain/event';
import { mulberry32 } from '../../../src/domain/math/random';
import {
  demoShop,
  type ShopPopulation,
  seasonalShop,
  trainingShop,
} from '../../../src/domain/simulation/shop-population';
import type { SimulatedEvent } from '../../../src/domain/simulation/shopper-timeline';
import { simulateShop } from '../../../src/domain/simulation/simulated-shop';
import type { TrueShopper } from '../../../src/domain/simulation/true-shopper';

const SEED = 2_024;
const START_S = Date.parse('2023-01-01T00:00:00Z') / 1000;
const DAYS = 500;
const END_S = START_S + DAYS * SECONDS_PER_DAY;

interface Recorded {
  readonly events: readonly SimulatedEvent[];
  readonly shoppers: ReadonlyMap<string, TrueShopper>;
}

function record(population: ShopPopulation, seed: number, customers: number, untilS: number): Recorded {
  const shoppers = new Map<string, TrueShopper>();
  const events: SimulatedEvent[] = [];
  const onShopper = (shopper: TrueShopper) => shoppers.set(shopper.customerId, shopper);
  for (const event of simulateShop(population, { customers, startS: START_S, random: mulberry32(seed), onShopper })) {
    if (event.timeS >= untilS) break;
    events.push(event);
  }
  return { events, shoppers };
}

const count = (events: readonly SimulatedEvent[], kind: EventKind) =>
  events.filter((event) => event.kind === kind).length;
const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

describe.each([trainingShop, demoShop, seasonalShop])(`the $name shop, seed ${SEED}`, (population) => {
  const { events, shoppers } = record(population, SEED, 1_500, END_S);
  const regulars = [...shoppers.values()].filter(({ kind }) => kind === 'regular');
  const orders = events.filter(({ kind }) => kind === 'order');

  test('events come in event-time order, on whole seconds, all kinds, from the start on', () => {
    expect(events[0]?.timeS).toBeGreaterThanOrEqual(START_S);
    expect(events.filter(({ timeS }, i) => timeS < (events[i - 1]?.timeS ?? START_S))).toEqual([]);
    expect(events.filter(({ timeS }) => !Number.isInteger(timeS))).toEqual([]);
    const told = STEP_KINDS.filter((kind) => kind !== 'review' || population.reviewShare > 0);
    for (const kind of STEP_KINDS) expect([kind, count(events, kind) > 0]).toEqual([kind, told.includes(kind)]);
  });

  test('event ids are unique, amounts and items are whole and belong to their kinds', () => {
    expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length);
    const wrong = events.filter(({ kind, amountMinor, items, dwellS, orderId }) => {
      const whole = Number.isInteger(amountMinor) && Number.isInteger(items) && Number.isInteger(dwellS);
      const hasMoney = kind === 'order' || kind === 'refund' || kind === 'cancel';
      const placed = amountMinor > 0 === hasMoney && (orderId !== undefined) === hasMoney;
      return !(whole && placed && items > 0 === (kind === 'order') && dwellS > 0 === (kind === 'browse'));
    });
    expect(wrong).toEqual([]);
  });

  test('what is given back follows its order and is no more than it, once per order', () => {
    const placed = new Map(orders.map((order) => [order.orderId, order]));
    const given = new Set<string | undefined>();
    for (const event of events.filter(({ kind }) => kind === 'refund' || kind === 'cancel')) {
      const order = placed.get(event.orderId) as SimulatedEvent;
      expect(event.timeS).toBeGreaterThanOrEqual(order.timeS);
      expect(event.amountMinor).toBeLessThanOrEqual(order.amountMinor);
      expect(given.has(event.orderId)).toBe(false);
      given.add(event.orderId);
    }
  });

  test('nobody orders before arriving or after leaving', () => {
    const outside = orders.filter(({ customerId, timeS }) => {
      const shopper = shoppers.get(customerId) as TrueShopper;
      return timeS < Math.floor(shopper.arrivalS) || timeS > shopper.leavesS;
    });
    expect(outside).toEqual([]);
  });

  test('customers: as many a year as requested, of the three kinds in their shares, with rates of the stated means', () => {
    const firstYear = [...shoppers.values()].filter(({ arrivalS }) => arrivalS < START_S + 365 * SECONDS_PER_DAY);
    expect(Math.abs(firstYear.length / 1_500 - 1)).toBeLessThan(0.12);
    const share = (kind: string) =>
      [...shoppers.values()].filter((shopper) => shopper.kind === kind).length / shoppers.size;
    expect(Math.abs(share('one-off') - population.oneOffShare)).toBeLessThan(0.04);
    expect(Math.abs(share('window-shopper') - population.windowShopperShare)).toBeLessThan(0.03);
    expect(
      Math.abs(mean(regulars.map(({ ordersPerDay }) => ordersPerDay)) / population.purchasesPerDay - 1),
    ).toBeLessThan(0.15);
    expect(
      Math.abs(mean(regulars.map(({ dropoutsPerDay }) => dropoutsPerDay)) / population.dropoutsPerDay - 1),
    ).toBeLessThan(0.15);
  });

  test('8 to 12 clicks and browses per order, a few percent given back', () => {
    const perOrder = (count(events, 'click') + count(events, 'browse')) / orders.length;
    expect(perOrder).toBeGreaterThan(8);
    expect(perOrder).toBeLessThan(12);
    expect(Math.abs(count(events, 'cancel') / orders.length - population.cancelShare)).toBeLessThan(0.01);
    expect(Math.abs(count(events, 'refund') / orders.length - population.refundShare)).toBeLessThan(0.015);
  });

  test('browsing precedes orders: the day before an order is far busier than another day', () => {
    let shortly = 0;
    let aliveDays = 0;
    for (const shopper of shoppers.values()) {
      aliveDays += Math.max(0, Math.min(shopper.leavesS, END_S) - shopper.arrivalS) / SECONDS_PER_DAY;
    }
    const orderTimes = new Map<string, number[]>();
    for (const { customerId, timeS } of orders)
      orderTimes.set(customerId, [...(orderTimes.get(customerId) ?? []), timeS]);
    const clicks = events.filter(({ kind }) => kind === 'click');
    for (const { customerId, timeS } of clicks) {
      const soon = orderTimes.get(customerId)?.some((orderS) => orderS >= timeS && orderS - timeS < SECONDS_PER_DAY);
      if (soon) shortly++;
    }
    const rateBefore = shortly / orders.length;
    const rateOverall = clicks.length / aliveDays;
    expect(rateBefore).toBeGreaterThan(5 * rateOverall);
  });

  test('the week and the hours show', () => {
    const ordersAt = (hours: readonly number[]) =>
      orders.filter(({ timeS }) => hours.includes(Math.floor((timeS % SECONDS_PER_DAY) / 3_600))).length;
    expect(ordersAt([18, 19, 20])).toBeGreaterThan(3 * ordersAt([2, 3, 4]));
    const onDay = (weekday: number) =>
      orders.filter(({ timeS }) => new Date(timeS * 1000).getUTCDay() === weekday).length;
    const { weekdayWeights: w } = population;
    const busiest = w.indexOf(Math.max(...w));
    const quietest = w.indexOf(Math.min(...w));
    expect(onDay(busiest)).toBeGreaterThan(onDay(quietest));
  });
});

test('the same seed gives the same events, another seed others', () => {
  const first = record(demoShop, 5, 100, START_S + 60 * SECONDS_PER_DAY);
  expect(record(demoShop, 5, 100, START_S + 60 * SECONDS_PER_DAY)).toEqual(first);
  expect(record(demoShop, 6, 100, START_S + 60 * SECONDS_PER_DAY)).not.toEqual(first);
  expect(first.events.length).toBeGreaterThan(500);
});

test('the demo shop is another shop: ordered from about twice as often, left sooner, dearer', () => {
  expect(demoShop.purchasesPerDay / trainingShop.purchasesPerDay).toBeCloseTo(2);
  expect(demoShop.dropoutsPerDay).toBeGreaterThan(1.5 * trainingShop.dropoutsPerDay);
  expect(demoShop.medianOrderMinor).toBeGreaterThan(1.3 * trainingShop.medianOrderMinor);
});
