import { CUSTOMERS_TOPIC, type CustomerEvent, INPUT_ROLES, SECONDS_PER_DAY } from '../../../src/domain/event';
import { INTERVAL_EDGES_DAYS, INTERVALS } from '../../../src/domain/label-intervals';
import type { LabelSettings } from '../../../src/domain/labels/label-progress';
import { labelOf, nextOriginS, type OriginKey, originPriority } from '../../../src/domain/labels/origins';
import { mulberry32 } from '../../../src/domain/math/random';
import type { OriginLabel } from '../../../src/domain/scoring/example';
import { emptyState, foldEvent } from '../../../src/domain/state/sequence-state';
import { encodeState } from '../../../src/serde/state-blob';
import {
  contentOf,
  ends,
  openLabels,
  randomLogs,
  readBatch,
  START_S,
  type TopicLogs,
} from '../../support/label-streams';
import { MemoryTrainerStore } from '../../support/memory-trainer-store';
import { testSeed } from '../../support/seeded';

const SETTINGS: LabelSettings = {
  window: 4,
  quorum: 1,
  latenessDays: 1,
  originEveryDays: 5,
  maxOpenOrigins: 1_000_000,
  reservoirSize: 0,
  recencyDays: 70,
  judgedScores: 1_000,
  gateShare: 0.25,
};
const SMALL: LabelSettings = { ...SETTINGS, maxOpenOrigins: 25, reservoirSize: 24 };
const seed = testSeed();

/** What happened on a day. */
const at = (day: number, kind: CustomerEvent['kind'], customerId = 'c1'): CustomerEvent => ({
  kind,
  customerId,
  eventId: `${kind}${day}`,
  timeS: START_S + day * SECONDS_PER_DAY,
  amountMinor: kind === 'order' ? 100 : 0,
  items: 0,
  dwellS: 0,
  stars: 0,
});

interface Turn {
  readonly turnS: number;
  readonly topic: number;
  readonly offset: number;
  readonly event: CustomerEvent;
}

/** All events in the order of their turns, worked out from the whole log. */
function turnsOf(logs: TopicLogs, latenessS: number): { turns: Turn[]; clockS: number } {
  let newestS = 0;
  const turns = logs.flatMap((log, topic) => {
    let latestS = 0;
    return log.map((event, offset): Turn => {
      const turnS = Math.max(event.timeS, latestS - latenessS);
      latestS = Math.max(latestS, event.timeS);
      // What is known of customers moves no time.
      if (topic !== CUSTOMERS_TOPIC) newestS = Math.max(newestS, latestS);
      return { turnS, topic, offset, event };
    });
  });
  turns.sort((a, b) => a.turnS - b.turnS || a.topic - b.topic || a.offset - b.offset);
  const clockS = newestS - latenessS;
  return { turns: turns.filter((turn) => turn.turnS < clockS), clockS };
}

/** The label of one origin, counted event by event from the whole log. */
function bruteLabel(turns: readonly Turn[], customerId: string, atS: number, clockS: number): OriginLabel {
  const orders = new Array<number>(INTERVALS).fill(0);
  let closedIntervals = 0;
  let orderedMinor = 0;
  let valuedOrders = 0;
  let returnedMinor = 0;
  for (let k = 0; k < INTERVALS; k++) {
    const fromS = atS + INTERVAL_EDGES_DAYS[k]! * SECONDS_PER_DAY;
    const untilS = atS + INTERVAL_EDGES_DAYS[k + 1]! * SECONDS_PER_DAY;
    if (untilS >= clockS) break;
    closedIntervals++;
    for (const { event, turnS } of turns) {
      if (event.customerId !== customerId || event.timeS <= fromS || event.timeS > untilS || turnS > untilS) continue;
      if (event.kind === 'refund' || event.kind === 'cancel') returnedMinor += event.amountMinor;
      if (event.kind !== 'order') continue;
      orders[k]!++;
      orderedMinor += event.amountMinor;
      if (event.amountMinor > 0) valuedOrders++;
    }
  }
  return { closedIntervals, orders, orderedMinor, valuedOrders, spendMinor: Math.max(0, orderedMinor - returnedMinor) };
}

function readAtOnce(logs: TopicLogs, settings: LabelSettings): MemoryTrainerStore {
  const store = new MemoryTrainerStore();
  const labels = openLabels(store, settings);
  logs.forEach((log, topic) => {
    readBatch(labels, store, logs, topic, log.length);
  });
  return store;
}

describe(`labels of random streams (CLV_TEST_SEED=${seed})`, () => {
  test.each([0, 1, 2, 3])('equal a count over the whole log, stream %i', (stream) => {
    const random = mulberry32(seed + stream);
    const [orders, ...others] = randomLogs(random, 600, 12, 120, 0.8);
    // One at least is too late, whatever the seed: of the most active customer, asked every few days, weeks after its interval has closed, and
    // with orders behind it, so that its turn comes.
    const late = { ...at(40, 'order', 'c0'), eventId: 'late' };
    const logs = [[...orders!.slice(0, -10), late, ...orders!.slice(-10)], ...others];
    const latenessS = SETTINGS.latenessDays * SECONDS_PER_DAY;
    const { turns, clockS } = turnsOf(logs, latenessS);
    const progress = readAtOnce(logs, SETTINGS).progress(0)!;
    expect(progress.clockS).toBe(clockS);

    const firstTurns = new Map<string, number>();
    for (const { event, turnS } of turns) {
      if (event.kind !== 'profile' && !firstTurns.has(event.customerId)) firstTurns.set(event.customerId, turnS);
    }
    let expected = 0;
    for (const [customerId, firstTurnS] of firstTurns) {
      let atS = nextOriginS(customerId, firstTurnS, SETTINGS.originEveryDays);
      for (; atS < clockS; atS = nextOriginS(customerId, atS + 1, SETTINGS.originEveryDays)) {
        expected++;
        const origin = progress.origins.find((o) => o.customerId === customerId && o.atS === atS)!;
        expect(labelOf(origin, clockS)).toEqual(bruteLabel(turns, customerId, atS, clockS));
        const state = emptyState(0);
        for (const { event, topic, offset, turnS } of turns) {
          if (event.customerId !== customerId || turnS > atS) continue;
          foldEvent(state, event, { topic, partition: 0, offset }, SETTINGS.window);
        }
        expect(origin.snapshot).toEqual(encodeState(state));
      }
    }
    expect(progress.origins).toHaveLength(expected);
    expect(progress.counters.tooLate).toBeGreaterThan(0);
  });

  test.each([
    ['unlimited', SETTINGS],
    ['with a cap and a reservoir', SMALL],
    ['with a quorum', { ...SMALL, quorum: 3 }],
  ])('do not depend on batches, on the order of reads, or on restarts: %s', (_, settings) => {
    for (let stream = 0; stream < 4; stream++) {
      const random = mulberry32(seed + 100 + stream);
      const logs = randomLogs(random, 800, 15, 200, 0.8);
      const atOnce = readAtOnce(logs, settings);
      const whole = contentOf(atOnce);
      const store = new MemoryTrainerStore();
      let labels = openLabels(store, settings);
      while (logs.some((log, topic) => labels.times.nextOffset(topic) < log.length)) {
        readBatch(labels, store, logs, Math.floor(random() * logs.length), Math.floor(random() * 30));
        if (random() < 0.2) labels = openLabels(store, settings);
      }
      readBatch(labels, store, logs, 0, 0);
      expect(contentOf(store)).toEqual(whole);
      expect([...labels.customers()].sort()).toEqual(whole.customers);
      expect([...openLabels(store, settings).customers()].sort()).toEqual(whole.customers);
    }
  });

  test('the cap and the reservoir hold, and drop whatever the customers do', () => {
    const logs = randomLogs(mulberry32(seed + 7), 2000, 40, 500, 0.8);
    const store = readAtOnce(logs, SMALL);
    const { origins, counters } = store.progress(0)!;
    const open = origins.filter(({ tally }) => tally.endedAtS === null);
    const sampled = origins.filter(({ tally }) => tally.sampled);
    expect(open.length).toBe(SMALL.maxOpenOrigins);
    expect(sampled.length).toBeLessThanOrEqual(SMALL.reservoirSize);
    expect(sampled.length).toBeGreaterThan(0);
    expect(origins.every(({ tally }) => tally.sampled || tally.endedAtS === null)).toBe(true);
    expect(counters.capped).toBeGreaterThan(0);
  });
});

/** Days of a shop: everyone orders once on the first day. One customer clicks every day, so that time passes. */
function silentShop(customers: number, days: number): TopicLogs {
  const orders = Array.from({ length: customers }, (_, i) => ({ ...at(0, 'order', `c${i}`), eventId: `o${i}` }));
  const clicks = Array.from({ length: days + 1 }, (_, day) => at(day, 'click', 'clock'));
  return INPUT_ROLES.map((role) => (role === 'orders' ? orders : role === 'clicks' ? clicks : []));
}

function openAfter(logs: TopicLogs, settings: LabelSettings): { open: OriginKey[]; clockS: number } {
  const { origins, clockS } = readAtOnce(logs, settings).progress(0)!;
  return { open: origins.filter(({ tally }) => tally.endedAtS === null), clockS };
}

/** Pearson's χ² of the counts in equal parts of the range. */
function chiSquare(values: readonly number[], from: number, to: number, parts: number): number {
  const expected = values.length / parts;
  const counts = new Array<number>(parts).fill(0);
  for (const value of values) counts[Math.min(parts - 1, Math.floor((parts * (value - from)) / (to - from)))]!++;
  return counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
}

describe('open origins at the cap', () => {
  test('are, until the first are complete, those with the highest priority of all questions so far', () => {
    const settings = { ...SETTINGS, originEveryDays: 2, maxOpenOrigins: 300 };
    const logs = silentShop(400, 100);
    const { open, clockS } = openAfter(logs, settings);
    const asked = ['clock', ...logs[0]!.map(({ customerId }) => customerId)].flatMap((customerId) => {
      const all: OriginKey[] = [];
      for (let atS = START_S - 1; ; ) {
        atS = nextOriginS(customerId, atS + 1, settings.originEveryDays);
        if (atS >= clockS) return all;
        all.push({ customerId, atS });
      }
    });
    expect(asked.length).toBeGreaterThan(15_000);
    const highest = asked.sort((a, b) => originPriority(b) - originPriority(a)).slice(0, 300);
    const text = (keys: readonly OriginKey[]) => keys.map(({ customerId, atS }) => `${customerId} ${atS}`).sort();
    expect(text(open)).toEqual(text(highest));
    // 99.9 % of uniform samples have a χ² of less, with 9 degrees of freedom.
    const instants = open.map(({ atS }) => atS);
    expect(chiSquare(instants, START_S, clockS, 10)).toBeLessThan(27.9);
    expect(
      chiSquare(
        open.map(({ customerId }) => Number(customerId.slice(1)) || 0),
        0,
        400,
        10,
      ),
    ).toBeLessThan(27.9);
  });

  test('are a uniform sample of the questions of the last year, years later', () => {
    const settings = { ...SETTINGS, originEveryDays: 10, maxOpenOrigins: 400, judgedScores: 0 };
    const { open, clockS } = openAfter(silentShop(300, 1_200), settings);
    expect(open).toHaveLength(400);
    const yearS = 365 * SECONDS_PER_DAY;
    const ages = open.map(({ atS }) => clockS - atS);
    expect(Math.max(...ages)).toBeLessThanOrEqual(yearS);
    expect(chiSquare(ages, 0, yearS, 10)).toBeLessThan(27.9);
  });
});

test('a table of customers holds time back while it is read, and never moves it on; a profile alone makes no origin', () => {
  const store = new MemoryTrainerStore();
  const labels = openLabels(store, SETTINGS);
  const logs: TopicLogs = INPUT_ROLES.map((role) => {
    if (role === 'orders') return [at(0, 'order', 'ann'), at(100, 'order', 'ann')];
    return role === 'customers' ? [at(10, 'profile', 'ann'), at(20, 'profile', 'bob'), at(900, 'profile', 'ann')] : [];
  });
  const day = () => (labels.clockS - START_S) / SECONDS_PER_DAY;
  readBatch(labels, store, logs, 0, 2);
  expect(labels.clockS).toBeLessThan(START_S);
  readBatch(labels, store, logs, CUSTOMERS_TOPIC, 2);
  expect(day()).toBe(19);
  readBatch(labels, store, logs, CUSTOMERS_TOPIC, 1);
  expect(day()).toBe(99);
  const { origins } = store.progress(0)!;
  expect(new Set(origins.map(({ customerId }) => customerId))).toEqual(new Set(['ann']));
  expect(labels.waiting).toBe(2); // the order of day 100, and what will be known on day 900
});

test('a backlog never reads as silence: no interval closes past a topic that is behind', () => {
  const store = new MemoryTrainerStore();
  const labels = openLabels(store, SETTINGS);
  const days = Array.from({ length: 50 }, (_, day) => day);
  const logs: TopicLogs = INPUT_ROLES.map((role) =>
    role === 'orders' || role === 'clicks' ? days.map((day) => at(day, role === 'orders' ? 'order' : 'click')) : [],
  );
  readBatch(labels, store, logs, 1, 50);
  expect(labels.clockS).toBe(-1);
  readBatch(labels, store, logs, 0, 10);
  expect(labels.clockS).toBe(START_S + 8 * SECONDS_PER_DAY);
  expect([...labels.origins()].every((origin) => labelOf(origin, labels.clockS).closedIntervals <= 3)).toBe(true);
  readBatch(labels, store, logs, 0, 40);
  expect(labels.clockS).toBe(START_S + 48 * SECONDS_PER_DAY);
  expect(ends(logs).slice(0, 3)).toEqual([50, 50, 0]);
});

test('an open interval is never counted, although its orders have already been read', () => {
  const store = new MemoryTrainerStore();
  const logs = randomLogs(mulberry32(3), 400, 5, 60, 0.1);
  const labels = openLabels(store, SETTINGS);
  logs.forEach((log, topic) => {
    readBatch(labels, store, logs, topic, log.length);
  });
  for (const origin of labels.origins()) {
    const { closedIntervals, orders } = labelOf(origin, labels.clockS);
    expect(origin.atS + INTERVAL_EDGES_DAYS[closedIntervals]! * SECONDS_PER_DAY).toBeLessThan(labels.clockS);
    expect(Array.from(orders).slice(closedIntervals)).toEqual(new Array(INTERVALS - closedIntervals).fill(0));
  }
});
