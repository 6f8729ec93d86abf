import { INPUT_ROLES } from '../../../src/domain/event';
import { mulberry32 } from '../../../src/domain/math/random';
import { demoShop } from '../../../src/domain/simulation/shop-population';
import { simulateShop } from '../../../src/domain/simulation/simulated-shop';
import { EventCodec } from '../../../src/serde/event-codec';
import { runSimulator, type SimulatorSettings } from '../../../src/services/simulator/simulator';
import { FEED, MemoryWriter, VirtualClock } from './doubles';

const SEED = 3;
const START_S = Date.parse('2023-01-02T00:00:00Z') / 1000;
const DAY_S = 86_400;
const FREE = { eventsPerSecond: Number.POSITIVE_INFINITY, acceleration: Number.POSITIVE_INFINITY };
const shop = () => simulateShop(demoShop, { customers: 200, startS: START_S, random: mulberry32(SEED) });
const rules = { currency: 'EUR', partitions: 4, hash: 'murmur2', maxFutureMs: 60_000 } as const;
const ROLES: Record<string, number> = Object.fromEntries(INPUT_ROLES.map((role, i) => [FEED.topics[role], i]));

async function run(settings: Partial<SimulatorSettings>, failures = 0, signal = new AbortController().signal) {
  const clock = new VirtualClock();
  const writer = new MemoryWriter(clock, failures);
  const troubles: string[] = [];
  const progress: number[] = [];
  const result = await runSimulator(
    shop(),
    { feed: FEED, pace: FREE, maxEvents: 1_000, ...settings },
    {
      writer,
      clock,
      onProgress: ({ events }) => progress.push(events),
      onTrouble: (message) => troubles.push(message),
    },
    signal,
  );
  return { clock, writer, troubles, progress, result };
}

describe(`simulator, seed ${SEED}`, () => {
  test.each(['avro', 'json'] as const)(
    'writes exactly maxEvents, decodable in their partitions: %s',
    async (format) => {
      const { writer, result, progress } = await run({ feed: { ...FEED, format } });
      const codec = new EventCodec(rules);
      const expected = shop();
      expect(writer.records).toHaveLength(1_000);
      for (const { topic, partition, key, value, timestampMs } of writer.records) {
        const { orderId: _orderId, ...event } = expected.next().value;
        expect(codec.decodeEvent(ROLES[topic] as number, partition, value, timestampMs)).toEqual({
          ok: true,
          value: event,
        });
        expect(Buffer.from(key as Uint8Array).toString()).toBe(event.customerId);
      }
      expect(result.events).toBe(1_000);
      expect(Object.values(result.totals).reduce((sum, count) => sum + count)).toBe(1_000);
      expect(progress.at(-1)).toBe(1_000);
      expect(writer.appends.length).toBeLessThan(10);
    },
  );

  test('the crc32 partition is the one that crc32 readers expect; arrival is written by murmur2', async () => {
    const crc = await run({ feed: { ...FEED, hash: 'crc32' } });
    const codec = new EventCodec({ ...rules, hash: 'crc32' });
    for (const { topic, partition, value, timestampMs } of crc.writer.records) {
      expect(codec.decodeEvent(ROLES[topic] as number, partition, value, timestampMs).ok).toBe(true);
    }
    const arrival = await run({ feed: { ...FEED, hash: 'arrival' } });
    expect(arrival.writer.records).toEqual((await run({})).writer.records);
  });

  test('events per second: no append is ahead of the pace, and the whole takes its time', async () => {
    const { writer } = await run({ pace: { ...FREE, eventsPerSecond: 100 }, maxEvents: 500 });
    let written = 0;
    for (const { size, atS } of writer.appends) {
      written += size;
      expect(written).toBeLessThanOrEqual(atS * 100 + 1 + 1e-6);
    }
    expect(writer.appends.at(-1)?.atS).toBeCloseTo(4.99, 1);
  });

  test('acceleration: no event is written before its event time has come', async () => {
    const acceleration = DAY_S;
    const { writer, result } = await run({ pace: { ...FREE, acceleration }, maxEvents: 800 });
    const events = shop();
    const firstS = events.next().value.timeS;
    const times = [firstS];
    while (times.length < 800) times.push(events.next().value.timeS);
    let written = 0;
    for (const { size, atS } of writer.appends) {
      written += size;
      expect((times[written - 1] as number) - firstS).toBeLessThanOrEqual(atS * acceleration + 1e-3);
    }
    expect(result.eventTimeS).toBe(times.at(-1));
  });

  test('ticks: one per partition and step, before the events that follow their time, shards in turn', async () => {
    const feed = { ...FEED, tickEveryS: DAY_S, tickShards: 4 };
    const { writer, result } = await run({ feed, maxEvents: 2_000 });
    const codec = new EventCodec(rules);
    const seen: number[] = [];
    let tickS = 0;
    let behind = 0;
    for (const { topic, partition, key, value, timestampMs } of writer.records) {
      if (topic === 'clv-ticks') {
        const decoded = codec.decodeTick(value, timestampMs);
        if (!decoded.ok) throw new Error(decoded.detail);
        expect(key).toBeNull();
        expect(decoded.value.shards).toBe(4);
        if (partition === 0) seen.push(decoded.value.shard);
        tickS = decoded.value.asOfS;
        expect(tickS % (DAY_S / 4)).toBe(0);
      } else {
        const decoded = codec.decodeEvent(ROLES[topic] as number, partition, value, timestampMs);
        if (decoded.ok && decoded.value.timeS < tickS) behind++;
      }
    }
    expect(behind).toBe(0);
    expect(result.totals.ticks).toBe(seen.length * 4);
    expect(seen.length).toBeGreaterThan(8);
    expect(seen.slice(1).every((shard, i) => shard === ((seen[i] as number) + 1) % 4)).toBe(true);
    expect(result.totals.ticks + 2_000).toBe(writer.records.length);
  });

  test('timestamps: wall time, or event time if requested', async () => {
    const wall = await run({});
    expect(new Set(wall.writer.records.map(({ timestampMs }) => timestampMs))).toEqual(new Set([wall.clock.nowMs()]));
    const event = await run({ feed: { ...FEED, timestamps: 'event' } });
    expect(event.writer.records[0]?.timestampMs).toBe(shop().next().value.timeS * 1000);
    const later = await run({ feed: { ...FEED, timestamps: 'later' } });
    const times = event.writer.records.map(({ timestampMs }) => Math.max(timestampMs, later.clock.nowMs()));
    expect(later.writer.records.map(({ timestampMs }) => timestampMs)).toEqual(times);
  });

  test('a log that is away is tried again with back-off, nothing is lost', async () => {
    const { writer, troubles, clock } = await run({}, 3);
    expect(writer.records).toHaveLength(1_000);
    expect(troubles).toHaveLength(3);
    expect(troubles[0]).toMatch(/no broker.*again in 200 ms/);
    expect(clock.sleeps.slice(0, 3)).toEqual([200, 400, 800]);
  });

  test('an aborted signal stops it, also while the log is away', async () => {
    const controller = new AbortController();
    controller.abort();
    expect((await run({}, 0, controller.signal)).result.events).toBe(0);
    const later = new AbortController();
    const clock = new VirtualClock();
    const writer = new MemoryWriter(clock, Number.POSITIVE_INFINITY);
    const ports = { writer, clock, onTrouble: () => later.abort() };
    const result = await runSimulator(shop(), { feed: FEED, pace: FREE, maxEvents: 10 }, ports, later.signal);
    expect(result.events).toBe(0);
  });
});
