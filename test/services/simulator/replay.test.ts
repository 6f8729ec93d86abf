import { ProfilesAtFirstEvent } from '../../../src/domain/state/profile-events';
import { Patience, WaitedInVain } from '../../../src/ports/patience';
import { EventCodec } from '../../../src/serde/event-codec';
import type { OutgoingEvent } from '../../../src/serde/event-encoder';
import { type ReplaySettings, runReplay } from '../../../src/services/simulator/replay';
import { FEED, MemoryWriter, VirtualClock } from './doubles';

const never = new AbortController().signal;
const T0 = Date.parse('2010-12-01T08:34:00Z') / 1000;
const at = (line: number, changes: Partial<OutgoingEvent> = {}): OutgoingEvent => ({
  ...{ kind: 'order', customerId: '17', eventId: `shop:${line}`, orderId: `A${line}`, timeS: T0 },
  ...{ amountMinor: 1_250, items: 3, dwellS: 0, stars: 0 },
  ...changes,
});

async function* inOrder(events: readonly OutgoingEvent[]) {
  yield* events;
}

async function replay(given: readonly OutgoingEvent[], settings: Partial<ReplaySettings> = {}, signal = never) {
  const clock = new VirtualClock();
  const writer = new MemoryWriter(clock);
  let progress = 0;
  const report = await runReplay(
    { feed: FEED, acceleration: Number.POSITIVE_INFINITY, ...settings },
    { events: inOrder(given), writer, clock, onProgress: () => void progress++ },
    signal,
  );
  const codec = new EventCodec({ currency: 'EUR', partitions: 4, hash: 'murmur2', maxFutureMs: 0 });
  const roles: Record<string, number> = { orders: 0, clicks: 1, browses: 2, reviews: 4 };
  const events = writer.records
    .filter(({ topic }) => topic in roles)
    .map(({ topic, partition, value, timestampMs }) => {
      const decoded = codec.decodeEvent(roles[topic] as number, partition, value, timestampMs);
      if (!decoded.ok) throw new Error(decoded.detail);
      return decoded.value;
    });
  return { report, events, writer, clock, progress };
}

test('one event years after all others is written, and no tick says that the others have been silent since', async () => {
  const day = 86_400;
  const usual = Array.from({ length: 40 }, (_, i) =>
    at(i + 2, { customerId: `c${i % 10}`, timeS: T0 + i * day, eventId: `shop:${i + 2}` }),
  );
  const feed = { ...FEED, tickEveryS: day, tickShards: 1 };
  const alone = await replay(usual, { feed });
  const stray = await replay([...usual, at(42, { customerId: 'c1', timeS: T0 + 4_000 * day })], { feed });
  expect(alone.report.totals.ticks).toBeGreaterThan(30);
  expect(stray.report.totals).toEqual({ ...alone.report.totals, orders: 41 });
});

test('events are written as they are, and the report counts what the scorer will clean', async () => {
  const { events, report, progress } = await replay([
    at(2),
    at(3, { kind: 'refund', eventId: 'shop:3', orderId: 'C1', amountMinor: 250, items: 0 }),
    at(4, { kind: 'click', amountMinor: 0, items: 0 }),
    at(5, { kind: 'browse', amountMinor: 0, items: 0 }),
    at(6, { kind: 'review', amountMinor: 0, items: 0, stars: 4 }),
    at(7, { kind: 'review', amountMinor: 0, items: 0 }),
  ]);
  const common = { customerId: '17', timeS: T0, items: 0, dwellS: 0, stars: 0, amountMinor: 0 };
  expect(events).toEqual([
    { ...common, kind: 'order', eventId: 'shop:2', amountMinor: 1_250, items: 3 },
    { ...common, kind: 'refund', eventId: 'shop:3', amountMinor: 250 },
    { ...common, kind: 'click', eventId: 'shop:4' },
    { ...common, kind: 'browse', eventId: 'shop:5' },
    { ...common, kind: 'review', eventId: 'shop:6', stars: 4 },
    { ...common, kind: 'review', eventId: 'shop:7' },
  ]);
  expect(report).toMatchObject({
    events: 6,
    totals: { orders: 2, clicks: 1, browses: 1, reviews: 2, ticks: 0 },
    cleaned: { 'missing-stars': 1 },
    complete: true,
  });
  expect(progress).toBe(1);
});

test('attributes of a customer go before the first event of theirs, keyed, once', async () => {
  const attributes = new Map([['17', { ageBand: '25-34', region: null, channel: 'store' }]]);
  const { writer, report } = await replay([at(2, { customerId: '4' }), at(3), at(4)], {
    profiles: new ProfilesAtFirstEvent(attributes),
  });
  expect(writer.records.map(({ topic }) => topic)).toEqual(['orders', 'customers', 'orders', 'orders']);
  const { key, value, partition, timestampMs } = writer.records[1]!;
  const codec = new EventCodec({ currency: 'EUR', partitions: 4, hash: 'murmur2', maxFutureMs: 0 });
  expect(codec.decodeEvent(5, partition, value, timestampMs, key)).toMatchObject({
    ok: true,
    value: {
      kind: 'profile',
      customerId: '17',
      timeS: T0,
      attributes: attributes.get('17'),
    },
  });
  expect(report).toMatchObject({ events: 3, totals: { customers: 1 } });
});

describe('time', () => {
  const days = (count: number) =>
    Array.from({ length: count }, (_, i) => at(i + 2, { timeS: Date.UTC(2010, 11, i + 1, 12) / 1000 }));

  test('ticks daily in event time, to every partition, between the events', async () => {
    const { writer, report } = await replay(days(5), { feed: { ...FEED, tickEveryS: 86_400 } });
    expect(report.totals).toMatchObject({ orders: 5, ticks: 4 * 4 });
    const order = writer.records.map(({ topic }) => topic[0]).join('');
    expect(order).toBe('occccoccccoccccocccco');
  });

  test('acceleration: a day a second', async () => {
    const { writer, clock } = await replay(days(4), { acceleration: 86_400 });
    expect(writer.appends.map(({ atS }) => Math.round(atS))).toEqual([0, 1, 2, 3]);
    expect(clock.elapsedS()).toBeCloseTo(3, 3);
  });

  test('as fast as possible never sleeps', async () => {
    const { clock, writer } = await replay(days(30));
    expect(clock.sleeps).toEqual([]);
    expect(writer.appends).toHaveLength(1);
  });

  test('an aborted signal ends it early, and the report says so', async () => {
    const controller = new AbortController();
    controller.abort();
    const { report } = await replay(days(3), {}, controller.signal);
    expect(report).toMatchObject({ complete: false, events: 0 });
  });
});

test('a log that is away for longer than the patience ends the replay; one that comes back in time does not', async () => {
  const run = async (failures: number) => {
    const clock = new VirtualClock();
    const writer = new MemoryWriter(clock, failures);
    const patience = new Patience(clock, 20_000, (error) => `Kafka does not answer: ${(error as Error).message}`);
    const troubles: string[] = [];
    const onTrouble = (message: string) => void troubles.push(message);
    const settings = { feed: FEED, acceleration: Number.POSITIVE_INFINITY };
    const ports = { events: inOrder([at(2)]), writer, clock, patience, onTrouble };
    const ended = await runReplay(settings, ports, never).then(
      ({ events }) => events,
      (error) => error,
    );
    return { ended, troubles, afterS: clock.elapsedS() };
  };
  expect((await run(5)).ended).toBe(1);
  const { ended, troubles, afterS } = await run(Number.POSITIVE_INFINITY);
  expect(ended).toBeInstanceOf(WaitedInVain);
  expect((ended as Error).message).toBe('gave up after 20 s. Kafka does not answer: no broker');
  expect(troubles[0]).toMatch(/^1 records could not be written \(Kafka does not answer: no broker\); trying again/);
  expect(afterS).toBeLessThan(40);
});
