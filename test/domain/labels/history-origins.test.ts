import { type CustomerEvent, SECONDS_PER_DAY } from '../../../src/domain/event';
import { INTERVAL_EDGES_DAYS } from '../../../src/domain/label-intervals';
import { HistoryOrigins } from '../../../src/domain/labels/history-origins';
import { labelOf } from '../../../src/domain/labels/origins';
import { mulberry32 } from '../../../src/domain/math/random';
import { trainingShop } from '../../../src/domain/simulation/shop-population';
import { simulateShop } from '../../../src/domain/simulation/simulated-shop';
import { testSeed } from '../../support/seeded';

const START_S = 1_700_000_000;
const seed = testSeed();

function eventsUntil(endS: number, customers = 60): CustomerEvent[] {
  const events: CustomerEvent[] = [];
  for (const event of simulateShop(trainingShop, { customers, startS: START_S, random: mulberry32(seed) })) {
    if (event.timeS >= endS) break;
    events.push(event);
  }
  return events;
}

function originsOf(events: readonly CustomerEvent[], endS: number): HistoryOrigins {
  const history = new HistoryOrigins({
    window: 4,
    endS,
    uniformPerCustomer: 3,
    afterOrder: 0.3,
    afterOther: 0.05,
    mostAfterEvents: 4,
    random: mulberry32(seed + 1),
  });
  for (const event of events) history.add(event);
  return history;
}

describe(`origins of a history, CLV_TEST_SEED=${seed}`, () => {
  const endS = START_S + 500 * SECONDS_PER_DAY;
  const events = eventsUntil(endS);

  test('labels are what a look at all events says', () => {
    const history = originsOf(events, endS);
    history.finish();
    expect(history.origins.length).toBeGreaterThan(100);
    for (const origin of history.origins) {
      const label = labelOf(origin, endS);
      const own = events.filter(({ customerId }) => customerId === origin.customerId);
      for (let k = 0; k < label.closedIntervals; k++) {
        const [from, to] = [k, k + 1].map((edge) => origin.atS + INTERVAL_EDGES_DAYS[edge]! * SECONDS_PER_DAY);
        const orders = own.filter(({ kind, timeS }) => kind === 'order' && timeS > from! && timeS <= to!);
        expect(label.orders[k]).toBe(orders.length);
      }
    }
  });

  test('a snapshot holds the events up to its time and no later one', () => {
    const history = originsOf(events, endS);
    history.finish();
    for (const { customerId, atS, summary, window } of history.origins) {
      const known = events.filter((event) => event.customerId === customerId && event.timeS <= atS);
      const { placed, refunds, cancelled, clicks, browses, reviews } = summary;
      expect(placed + refunds + cancelled + clicks + browses + reviews).toBe(known.length);
      for (const kept of window.events) expect(kept.timeS).toBeLessThanOrEqual(atS);
    }
  });

  test('no look ahead: without the later half, the origins before it are the same', () => {
    const halfS = START_S + 250 * SECONDS_PER_DAY;
    const [whole, half] = [events, events.filter(({ timeS }) => timeS < halfS)].map((given) => {
      const history = originsOf(given, endS);
      history.finish();
      return history.origins
        .filter(({ atS }) => atS < halfS)
        .map(({ customerId, atS, window, summary }) => ({ customerId, atS, window, summary }))
        .sort((a, b) => a.atS - b.atS || (a.customerId < b.customerId ? -1 : 1));
    });
    expect(half!.length).toBeGreaterThan(50);
    expect(half).toEqual(whole);
  });

  test('silence gets origins too: some lie long after the last event', () => {
    const history = originsOf(events, endS);
    const last = history.finish();
    const silent = history.origins.filter(({ atS, summary }) => atS - summary.lastSeenS > 100 * SECONDS_PER_DAY);
    expect(silent.length).toBeGreaterThan(10);
    expect(last.length).toBe(history.customerCount);
    for (const { atS } of last) expect(atS).toBe(endS);
  });

  test('events at or after the cut are not read', () => {
    const history = originsOf(events, START_S + 50 * SECONDS_PER_DAY);
    for (const { summary } of history.finish()) {
      expect(summary.lastSeenS).toBeLessThan(START_S + 50 * SECONDS_PER_DAY);
    }
  });
});
