import { ProfilesAtFirstEvent } from '../../../src/domain/state/profile-events';
import type { BrokenRow, EventFile, EventFileRow } from '../../../src/ports/event-file';
import { EventCodec } from '../../../src/serde/event-codec';
import { MAX_FAULTS_KEPT, type ReplaySettings, runReplay } from '../../../src/services/simulator/replay';
import { FEED, MemoryWriter, VirtualClock } from './doubles';

const never = new AbortController().signal;
const columns = {
  customer_id: '17',
  ts: '2010-12-01T08:34:00Z',
  kind: 'order',
  order_id: 'A1',
  amount: '12.50',
  items: '3',
};
const at = (line: number, changes: Record<string, string | undefined> = {}): EventFileRow => ({
  line,
  columns: { ...columns, ...changes },
});

function fileOf(rows: readonly (EventFileRow | BrokenRow)[]): EventFile {
  return {
    name: 'shop',
    bytesTotal: 100,
    bytesRead: () => 40,
    async *rows() {
      yield* rows;
    },
  };
}

async function replay(
  rows: readonly (EventFileRow | BrokenRow)[],
  settings: Partial<ReplaySettings> = {},
  signal = never,
) {
  const clock = new VirtualClock();
  const writer = new MemoryWriter(clock);
  const progress: unknown[] = [];
  const report = await runReplay(
    { feed: FEED, minorPerMajor: 100, acceleration: Number.POSITIVE_INFINITY, ...settings },
    { file: fileOf(rows), writer, clock, onProgress: (now) => progress.push(now) },
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

describe('rows become events', () => {
  const timeS = Date.parse('2010-12-01T08:34:00Z') / 1000;

  test('orders, refunds (given back is positive), clicks, browses; ids from the file and its line', async () => {
    const { events, report, progress } = await replay([
      at(2),
      at(3, { kind: 'refund', order_id: 'C1', amount: '-2.5', items: '-1' }),
      at(4, { kind: 'click', amount: '', items: undefined }),
      at(5, { kind: 'browse', amount: undefined, order_id: undefined }),
    ]);
    const common = { customerId: '17', timeS, items: 0, dwellS: 0, stars: 0, amountMinor: 0 };
    expect(events).toEqual([
      { ...common, kind: 'order', eventId: 'shop:2', amountMinor: 1_250, items: 3 },
      { ...common, kind: 'refund', eventId: 'shop:3', amountMinor: 250 },
      { ...common, kind: 'click', eventId: 'shop:4' },
      { ...common, kind: 'browse', eventId: 'shop:5' },
    ]);
    expect(report).toMatchObject({
      rows: 4,
      events: 4,
      totals: { orders: 2, clicks: 1, browses: 1, ticks: 0 },
      faultCount: 0,
      complete: true,
    });
    expect(progress.at(-1)).toEqual({ rows: 4, bytesRead: 40, bytesTotal: 100 });
  });

  test('a review has its stars in a column of that name, else in attr, or none', async () => {
    const { events, report } = await replay([
      at(2, { kind: 'review', stars: '5', attr: 'blue' }),
      at(3, { kind: 'review', attr: ' 2 ' }),
      at(4, { kind: 'review' }),
      at(5, { kind: 'review', stars: '6' }),
      at(6, { kind: 'review', stars: '4.5' }),
      at(7, { kind: 'review', attr: '0' }),
    ]);
    expect(events.map(({ kind, stars, amountMinor }) => [kind, stars, amountMinor])).toEqual([
      ['review', 5, 0],
      ['review', 2, 0],
      ['review', 0, 0],
    ]);
    expect(report).toMatchObject({ events: 3, totals: { reviews: 3 }, cleaned: { 'missing-stars': 1 } });
    expect(report.faults.map(({ line }) => line)).toEqual([5, 6, 7]);
    expect(report.faults[0]!.fault).toBe('stars is "6", not a whole number from 1 to 5');
  });

  test('an order without an amount counts as an order of 0, and is reported', async () => {
    const { events, report } = await replay([at(2, { amount: '', items: '' }), at(3, { amount: undefined })]);
    expect(events.map(({ amountMinor }) => amountMinor)).toEqual([0, 0]);
    expect(report.withoutAmount).toBe(2);
  });

  test('the currency decides the minor unit; more decimals are rounded half to even and counted', async () => {
    const yen = await replay([at(2, { amount: '168' }), at(3, { amount: '168.5' })], { minorPerMajor: 1 });
    expect(yen.events.map(({ amountMinor }) => amountMinor)).toEqual([168, 168]);
    expect(yen.report.roundedAmounts).toBe(1);
    const dinar = await replay([at(2, { amount: '1.005' })], { minorPerMajor: 1_000 });
    expect(dinar.events[0]?.amountMinor).toBe(1_005);
    expect(dinar.report.roundedAmounts).toBe(0);
  });

  test.each([
    ['2019-11-01T17:59:13.273932Z', '2019-11-01T17:59:13Z'],
    ['2019-11-01 17:59:13', '2019-11-01T17:59:13Z'],
    ['2019-11-01', '2019-11-01T00:00:00Z'],
    ['2019-11-01T17:59:13+02:00', '2019-11-01T15:59:13Z'],
  ])('time %s is %s on every machine', async (ts, instant) => {
    const { events } = await replay([at(2, { ts })]);
    expect(events[0]?.timeS).toBe(Date.parse(instant) / 1000);
  });

  test('kinds that are no input are counted and skipped', async () => {
    const rows = [
      at(2, { kind: 'campaign_sent' }),
      at(3, { kind: 'campaign_sent' }),
      at(4, { kind: 'session_lost' }),
      at(5),
    ];
    const { report } = await replay(rows);
    expect([...report.skippedKinds]).toEqual([
      ['campaign_sent', 2],
      ['session_lost', 1],
    ]);
    expect(report.events).toBe(1);
  });

  test.each([
    ['amount', '12,50', /amount is "12,50"/],
    ['amount', '-3', /negative/],
    ['items', 'three', /items is "three"/],
    ['customer_id', ' ', /customer_id is empty/],
    ['ts', 'yesterday', /ts is "yesterday"/],
    ['ts', '2019-13-01T00:00:00Z', /ts is/],
    ['amount', '1000000000000.01', /more than 1000000000000/],
    ['amount', '90071992547409.91e2', /amount/],
    ['ts', '1970-01-01T00:00:01Z', /not between 1990 and 2100/],
    ['ts', '2100-01-01T00:00:01Z', /not between 1990 and 2100/],
  ])('a bad %s (%s) is reported with its line, the rest goes on', async (column, text, fault) => {
    const { report } = await replay([at(2), at(3, { [column]: text }), at(4)]);
    expect(report).toMatchObject({ rows: 3, events: 2, faultCount: 1, complete: true });
    expect(report.faults).toEqual([{ line: 3, fault: expect.stringMatching(fault) }]);
  });

  test('a line that is no row is reported too; only the first faults are kept', async () => {
    const broken = Array.from({ length: MAX_FAULTS_KEPT + 5 }, (_, i) => ({ line: i + 2, fault: 'unclosed quote' }));
    const { report } = await replay(broken);
    expect(report.faultCount).toBe(MAX_FAULTS_KEPT + 5);
    expect(report.faults).toHaveLength(MAX_FAULTS_KEPT);
  });
});

test('attributes of a customer go before the first event of theirs, keyed, once', async () => {
  const attributes = new Map([['17', { ageBand: '25-34', region: null, channel: 'store' }]]);
  const { writer, report } = await replay([at(2, { customer_id: '4' }), at(3), at(4)], {
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
      timeS: Date.parse(columns.ts) / 1000,
      attributes: attributes.get('17'),
    },
  });
  expect(report).toMatchObject({ events: 3, totals: { customers: 1 } });
});

describe('time', () => {
  const days = (count: number) =>
    Array.from({ length: count }, (_, i) => at(i + 2, { ts: `2010-12-${String(i + 1).padStart(2, '0')}T12:00:00Z` }));

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
