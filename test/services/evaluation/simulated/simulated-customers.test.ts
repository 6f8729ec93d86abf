import { SECONDS_PER_DAY } from '../../../../src/domain/event';
import { seasonalShop, trainingShop } from '../../../../src/domain/simulation/shop-population';
import {
  type SimulatedShopTask,
  simulateCustomers,
  withoutVisits,
} from '../../../../src/services/evaluation/simulated/simulated-customers';

const SEED = 6;
const CUT_S = Date.UTC(2025, 9, 1) / 1000;
const task = (given: Partial<SimulatedShopTask> = {}): SimulatedShopTask => ({
  population: seasonalShop,
  customers: 900,
  seed: SEED,
  historyDays: 250,
  cutS: CUT_S,
  horizonDays: 60,
  ...given,
});

describe(`simulated customers and their truth (seed ${SEED})`, () => {
  const { events, observed, truths } = simulateCustomers(task());
  const all = [...truths.values()];

  test('nothing at or after the cut is among the events, and everyone in them has a truth', () => {
    expect(events[0]!.timeS).toBeGreaterThanOrEqual(CUT_S - 250 * SECONDS_PER_DAY);
    expect(events.at(-1)!.timeS).toBeLessThan(CUT_S);
    expect(new Set(events.map(({ customerId }) => customerId))).toEqual(new Set(truths.keys()));
  });

  test('what is observed are the same customers, from before the cut, their arrival first', () => {
    expect(new Set(observed.keys())).toEqual(new Set(truths.keys()));
    const placed = events.filter(({ kind }) => kind === 'order').length;
    expect([...observed.values()].reduce((sum, { orders }) => sum + orders.length, 0)).toBe(placed);
    for (const { visits, orders } of observed.values()) {
      const instants = [...visits, ...orders].map(({ timeS }) => timeS);
      expect(Math.min(...instants)).toBeGreaterThan(visits[0]!.timeS - 1);
      expect(Math.max(...instants)).toBeLessThan(CUT_S);
    }
  });

  test('events do not depend on how far ahead the truth looks; the truth does', () => {
    const further = simulateCustomers(task({ horizonDays: 90 }));
    expect(further.events).toEqual(events);
    const total = (of: Iterable<{ expectedMinor: number }>) =>
      [...of].reduce((sum, { expectedMinor }) => sum + expectedMinor, 0);
    expect(total(further.truths.values())).toBeGreaterThan(1.3 * total(all));
  });

  test('what was realised is what was expected, within four standard errors', () => {
    const off = all.map(({ realisedMinor, expectedMinor }) => realisedMinor - expectedMinor);
    const mean = off.reduce((sum, x) => sum + x, 0) / off.length;
    const sd = Math.sqrt(off.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (off.length - 1));
    expect(Math.abs(mean)).toBeLessThan((4 * sd) / Math.sqrt(off.length));
    expect(all.filter(({ realisedMinor }) => realisedMinor < 0)).toEqual([]);
    expect(all.filter(({ expectedMinor, realisedMinor }) => expectedMinor === 0 && realisedMinor > 0)).toEqual([]);
  });

  test('the calendar raises what is expected of a span with the sale of November, for everyone who can still buy', () => {
    const autumn = simulateCustomers(task({ customers: 60, cutS: Date.UTC(2025, 10, 20) / 1000, horizonDays: 14 }));
    for (const { expectedMinor, withoutCalendarMinor } of autumn.truths.values()) {
      if (expectedMinor > 0) expect(expectedMinor).toBeGreaterThan(0.8 * withoutCalendarMinor);
    }
    const total = (of: 'expectedMinor' | 'withoutCalendarMinor') =>
      [...autumn.truths.values()].reduce((sum, truth) => sum + truth[of], 0);
    expect(total('expectedMinor')).toBeGreaterThan(1.15 * total('withoutCalendarMinor'));
  });

  test('reviews, which the observers do not read, are in no shop', () => {
    expect(trainingShop.reviewShare).toBeGreaterThan(0);
    const other = simulateCustomers(task({ population: trainingShop, customers: 100 }));
    expect(other.events.length).toBeGreaterThan(500);
    expect(other.events.filter(({ kind }) => kind === 'review')).toEqual([]);
  });

  test('the same task gives the same customers, another seed others', () => {
    expect(simulateCustomers(task())).toEqual({ events, observed, truths });
    expect(simulateCustomers(task({ seed: SEED + 1 })).events).not.toEqual(events);
  });

  test('orders only: clicks and browses go, and nothing else', () => {
    const kept = withoutVisits(events);
    expect(new Set(kept.map(({ kind }) => kind))).toEqual(new Set(['order', 'refund', 'cancel']));
    const visits = events.filter(({ kind }) => kind === 'click' || kind === 'browse');
    expect(visits.length).toBeGreaterThan(kept.length);
    expect(kept.length + visits.length).toBe(events.length);
  });
});
