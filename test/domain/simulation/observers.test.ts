import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { mulberry32 } from '../../../src/domain/math/random';
import type { ObservedOrder } from '../../../src/domain/simulation/observed-value';
import { OrderObserver } from '../../../src/domain/simulation/order-observer';
import { seasonalShop } from '../../../src/domain/simulation/shop-population';
import type { ObservedVisit } from '../../../src/domain/simulation/shopper-timeline';
import { simulateShop } from '../../../src/domain/simulation/simulated-shop';
import { stateAt, TrueFuture } from '../../../src/domain/simulation/true-future';
import type { TrueShopper, Wish } from '../../../src/domain/simulation/true-shopper';
import { VisitObserver } from '../../../src/domain/simulation/visit-observer';

const SEED = 77;
const START_S = Date.UTC(2025, 1, 10) / 1000;
const CUT_S = START_S + 270 * SECONDS_PER_DAY;
const UNTIL_S = CUT_S + 45 * SECONDS_PER_DAY;

interface Seen {
  readonly visits: ObservedVisit[];
  readonly orders: ObservedOrder[];
  readonly wishes: Wish[];
}

/** Customers of a seasonal shop: what is seen of them before the cut, and what the omniscient expects of them then. */
function customers(count: number) {
  const shoppers = new Map<string, TrueShopper>();
  const seen = new Map<string, Seen>();
  const of = (customerId: string) => {
    const known = seen.get(customerId) ?? { visits: [], orders: [], wishes: [] };
    seen.set(customerId, known);
    return known;
  };
  const shop = simulateShop(seasonalShop, {
    customers: count,
    startS: START_S,
    random: mulberry32(SEED),
    onShopper: (shopper) => shoppers.set(shopper.customerId, shopper),
    witness: {
      onWish: (wish) => of(wish.customerId).wishes.push(wish),
      onVisit: (visit) => {
        if (visit.timeS < CUT_S) of(visit.customerId).visits.push(visit);
      },
    },
  });
  for (const { timeS, kind, customerId, amountMinor } of shop) {
    if (timeS >= CUT_S) break;
    if (kind === 'order') of(customerId).orders.push({ timeS, amountMinor });
  }
  const future = new TrueFuture(seasonalShop, CUT_S, UNTIL_S);
  return [...seen.entries()]
    .filter(([, { visits }]) => visits.length > 0)
    .map(([customerId, { visits, orders, wishes }]) => {
      const shopper = shoppers.get(customerId)!;
      visits.sort((a, b) => a.timeS - b.timeS);
      const lastS = Math.max(visits[visits.length - 1]!.timeS, orders[orders.length - 1]?.timeS ?? 0);
      const truth = future.of(shopper, stateAt(shopper, wishes, CUT_S)).spendMinor / 100;
      return { visits, orders, silentDays: (CUT_S - lastS) / SECONDS_PER_DAY, truth };
    });
}

describe(`what an observer expects of customers of the shop (seed ${SEED})`, () => {
  const all = customers(1_000);
  const visitObserver = new VisitObserver(seasonalShop, START_S, CUT_S, UNTIL_S);
  const orderObserver = new OrderObserver(seasonalShop, START_S, CUT_S, UNTIL_S);
  const known = all.map((customer) => ({ ...customer, by: visitObserver.expectedSpend(customer) / 100 }));
  const buyers = known
    .filter(({ orders }) => orders.length > 0)
    .map((customer) => ({ ...customer, byOrders: orderObserver.expectedSpend(customer.orders) / 100 }));

  /** How many standard errors the truth lies above what was expected: a posterior mean is off nowhere that the observer can name. */
  const surprise = (pairs: readonly (readonly [number, number])[]) => {
    const off = pairs.map(([truth, expected]) => truth - expected);
    const mean = off.reduce((sum, x) => sum + x, 0) / off.length;
    const variance = off.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (off.length - 1);
    return mean / Math.sqrt(variance / off.length);
  };
  const rmse = (pairs: readonly (readonly [number, number])[]) =>
    Math.sqrt(pairs.reduce((sum, [truth, expected]) => sum + (truth - expected) ** 2, 0) / pairs.length);
  type Known = (typeof known)[number];
  type Group = readonly [string, (customer: Known) => boolean];
  const byOrders: readonly Group[] = [
    ['one order', ({ orders }) => orders.length === 1],
    ['two or three', ({ orders }) => orders.length === 2 || orders.length === 3],
    ['four to nine', ({ orders }) => orders.length >= 4 && orders.length < 10],
    ['ten or more', ({ orders }) => orders.length >= 10],
  ];
  const bySigns: readonly Group[] = [
    ['everyone', () => true],
    ['prospects', ({ orders }) => orders.length === 0],
    ['seen within two days', ({ silentDays }) => silentDays < 2],
    ['silent for two to ten days', ({ silentDays }) => silentDays >= 2 && silentDays < 10],
    ['silent for ten to forty days', ({ silentDays }) => silentDays >= 10 && silentDays < 40],
    ['silent for longer', ({ silentDays }) => silentDays >= 40],
  ];

  test.each([...byOrders, ...bySigns])(
    'by visits and orders, %s: the truth within four standard errors',
    (_name, member) => {
      const group = known.filter(member);
      expect(group.length).toBeGreaterThan(40);
      expect(Math.abs(surprise(group.map(({ truth, by }) => [truth, by])))).toBeLessThan(4);
    },
  );

  test.each(byOrders)('by orders alone, %s: the truth within four standard errors', (_name, member) => {
    const group = buyers.filter(member);
    expect(Math.abs(surprise(group.map(({ truth, byOrders: expected }) => [truth, expected])))).toBeLessThan(4);
  });

  test('an observer that ignores departures or the calendar is detected', () => {
    const silent = known.filter(({ silentDays }) => silentDays >= 40);
    const staying = new VisitObserver({ ...seasonalShop, dropoutsPerDay: 1e-5 }, START_S, CUT_S, UNTIL_S);
    const expected = (observer: VisitObserver, group: readonly Known[]) =>
      group.map((customer) => [customer.truth, observer.expectedSpend(customer) / 100] as const);
    expect(surprise(expected(staying, silent))).toBeLessThan(-4);
    const dateless = new VisitObserver({ ...seasonalShop, season: [], promotions: [] }, START_S, CUT_S, UNTIL_S);
    const recent = known.filter(({ silentDays }) => silentDays < 10);
    expect(surprise(expected(dateless, recent))).toBeGreaterThan(4);
  });

  test('by orders alone, by how long ago the last order was', () => {
    for (const [from, to] of [
      [0, 7],
      [7, 30],
      [30, 90],
      [90, 400],
    ] as const) {
      const group = buyers.filter(({ orders }) => {
        const days = (CUT_S - orders[orders.length - 1]!.timeS) / SECONDS_PER_DAY;
        return days >= from && days < to;
      });
      expect(Math.abs(surprise(group.map(({ truth, byOrders }) => [truth, byOrders])))).toBeLessThan(4);
    }
  });

  test('visits predict better than orders alone, and both better than the mean', () => {
    const mean = buyers.reduce((sum, { truth }) => sum + truth, 0) / buyers.length;
    const byVisits = rmse(buyers.map(({ truth, by }) => [truth, by]));
    const byOrders = rmse(buyers.map(({ truth, byOrders: expected }) => [truth, expected]));
    expect(byVisits).toBeLessThan(0.9 * byOrders);
    expect(byOrders).toBeLessThan(0.8 * rmse(buyers.map(({ truth }) => [truth, mean])));
  });
});
