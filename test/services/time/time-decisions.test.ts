import { readFileSync } from 'node:fs';
import { INPUT_ROLES, SECONDS_PER_DAY } from '../../../src/domain/event';
import type { PartitionLabels } from '../../../src/domain/labels/labels';
import type { LogBatch, OutgoingRecord, ReadPosition } from '../../../src/ports/log';
import type { Fact } from '../../../src/ports/observer';
import { DeadLetterCodec } from '../../../src/serde/dead-letter-codec';
import { EventCodec } from '../../../src/serde/event-codec';
import { TimeRefusals } from '../../../src/serde/time-refusals';
import { TimeDecisions } from '../../../src/services/time/time-decisions';
import { LabelIntake } from '../../../src/services/trainer/label-intake';
import { MemoryLog } from '../../support/memory-log';
import { MemoryTrainerStore } from '../../support/memory-trainer-store';
import { until } from '../../support/process';
import { quietObserver } from '../../support/quiet-observer';
import { realClock } from '../../support/real-clock';
import { seeded, testSeed } from '../../support/seeded';

const HOUR = 3_600_000;
const DAY = SECONDS_PER_DAY * 1000;
const NOW = Date.parse('2026-05-01T12:00:00Z');
const LETTERS = 'clv-dead-letters';
const codec = new DeadLetterCodec();

const PATIENCE_S = 3_600;
const NEVER = new AbortController().signal;

interface World {
  readonly log?: MemoryLog;
  /** Emitted offsets of the scorers, at each look. Default: no scorer has ever published anything. */
  readonly emitted?: () => readonly number[] | null;
}

/** A trainer's decisions on a log of its own. Its clock stands at `nowMs`, and moves only while it sleeps. */
function decisions(nowMs: number, { log = new MemoryLog(), emitted = () => null }: World = {}) {
  const facts: [decision: string, records: number][] = [];
  const notices: string[] = [];
  let sleptMs = 0;
  const refusals = new TimeRefusals(codec, INPUT_ROLES);
  const clock = {
    nowMs: () => nowMs + sleptMs,
    elapsedS: () => sleptMs / 1000,
    sleep: async (ms: number) => {
      sleptMs += ms;
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
  const observer = {
    observe: (fact: Fact) => void (fact.kind === 'time-decided' && facts.push([fact.decision, fact.records])),
    notice: (_level: string, message: string) => void notices.push(message),
  };
  const ports = { reader: log, clock, observer, refusals, emitted: async () => emitted() };
  const settings = { topics: INPUT_ROLES, deadLetters: LETTERS, maxFutureMs: DAY, patienceS: PATIENCE_S };
  const times = new TimeDecisions(ports, settings);
  const refuses = async (topic: number, partition: number, offset: number, timestampMs: number, signal = NEVER) => {
    const records = [{ offset, timestampMs, key: null, value: null }];
    const batch = { topic: INPUT_ROLES[topic]!, partition, records, nextOffset: offset + 1, end: offset + 1 };
    return (await times.refused(topic, batch, signal)).has(offset);
  };
  return { log, times, refuses, refusals, facts, notices, sleptS: () => sleptMs / 1000 };
}

/** All input topics of these partitions, from this offset on. */
const positionsOf = (partitions: readonly number[], offset = 0) =>
  partitions.flatMap((partition) => INPUT_ROLES.map((topic) => ({ topic, partition, offset })));

/** The letter of an order that was refused, in the partition of the order. */
function letterOf(partition: number, offset: number, timestampMs: number): OutgoingRecord {
  const at = { topic: 'orders', partition, offset, timestampMs, key: null, value: null };
  const value = codec.encode({ reason: 'timestamp-ahead', detail: 'ahead', ...at });
  return { topic: LETTERS, partition, key: null, value, timestampMs: NOW };
}

describe('a trainer passes a record over', () => {
  test('if its own clock shows that the timestamp is in the future, and there is no scorer', async () => {
    const { times, refuses, facts, notices, sleptS } = decisions(NOW);
    await times.open(positionsOf([0]));
    expect(await refuses(0, 0, 7, NOW + DAY)).toBe(false);
    expect(facts).toEqual([]);
    expect(await refuses(0, 0, 7, NOW + DAY + 1)).toBe(true);
    expect(facts).toEqual([['unconfirmed', 1]]);
    expect(notices).toEqual([expect.stringContaining('no scorer has decided')]);
    expect(sleptS()).toBe(0);
  });

  test('if a scorer refused it, however late it is now', async () => {
    const { log, times, refuses, facts } = decisions(NOW + 4_000 * DAY);
    log.append([letterOf(1, 7, NOW + 9 * DAY)]);
    await times.open(positionsOf([0, 1]));
    expect(await refuses(0, 1, 7, NOW + 9 * DAY)).toBe(true);
    expect(await refuses(0, 0, 7, NOW + 9 * DAY)).toBe(false);
    expect(await refuses(1, 1, 7, NOW + 9 * DAY)).toBe(false);
    // A topic that was created again has another record there.
    expect(await refuses(0, 1, 7, NOW + 8 * DAY)).toBe(false);
    expect(facts).toEqual([['refused', 1]]);
  });

  test('if a scorer refuses it while the trainer runs', async () => {
    const { log, times, refuses, refusals } = decisions(NOW + 4_000 * DAY);
    await times.open(positionsOf([0]));
    const stop = new AbortController();
    const following = times.follow([0], stop.signal);
    log.append([letterOf(0, 3, NOW + 9 * DAY)]);
    await until('the letter is read', () => refusals.size === 1);
    expect(await refuses(0, 0, 3, NOW + 9 * DAY)).toBe(true);
    stop.abort();
    await following;
  });
});

describe('a trainer whose clock is behind', () => {
  test('waits for the scorer, and takes what it took', async () => {
    let looks = 0;
    const { times, refuses, facts, notices } = decisions(NOW - 3 * DAY, { emitted: () => [looks++ < 60 ? 7 : 8] });
    await times.open(positionsOf([0]));
    expect(await refuses(0, 0, 7, NOW)).toBe(false);
    expect(looks).toBeGreaterThan(60);
    expect(facts).toEqual([['accepted', 1]]);
    expect(notices).toEqual([
      expect.stringContaining('waiting for the scorer'),
      expect.stringContaining("set this machine's clock"),
    ]);
  });

  test('passes over what the scorer refused meanwhile, even if its letter is seen after its offset', async () => {
    const log = new MemoryLog();
    let looks = 0;
    const emitted = () => {
      // The letter is published a moment after the offsets are seen.
      if (++looks === 3) setImmediate(() => log.append([letterOf(0, 7, NOW + 9 * DAY)]));
      return [looks < 3 ? 7 : 9];
    };
    const { times, refuses, facts } = decisions(NOW - 3 * DAY, { log, emitted });
    await times.open(positionsOf([0]));
    expect(await refuses(0, 0, 7, NOW + 9 * DAY)).toBe(true);
    expect(await refuses(0, 0, 8, NOW)).toBe(false);
    expect(facts).toEqual([
      ['refused', 1],
      ['accepted', 1],
    ]);
  });

  test('does not wait for ever for a scorer that stands still, and once only', async () => {
    const { times, refuses, facts, sleptS } = decisions(NOW - 30 * DAY, { emitted: () => [7] });
    await times.open(positionsOf([0]));
    expect(await refuses(0, 0, 7, NOW)).toBe(true);
    expect(sleptS()).toBeGreaterThanOrEqual(PATIENCE_S);
    expect(sleptS()).toBeLessThan(PATIENCE_S + 10);
    expect(await refuses(0, 0, 8, NOW)).toBe(true);
    expect(sleptS()).toBeLessThan(PATIENCE_S + 10);
    expect(facts).toEqual([
      ['unconfirmed', 1],
      ['unconfirmed', 1],
    ]);
  });

  test('waits as long as the log is away, and as the scorer gets on', async () => {
    let looks = 0;
    const emitted = () => {
      looks++;
      if (looks < 2 * PATIENCE_S) throw new Error('away');
      return [Math.min(9_000, looks - 2 * PATIENCE_S)];
    };
    const { times, refuses, facts } = decisions(NOW - 30 * DAY, { emitted });
    await times.open(positionsOf([0]));
    expect(await refuses(0, 0, 8_000, NOW)).toBe(false);
    expect(facts).toEqual([['accepted', 1]]);
  });

  test('takes the record when its own clock has come so far', async () => {
    const { times, refuses, facts } = decisions(NOW, { emitted: () => [7] });
    await times.open(positionsOf([0]));
    expect(await refuses(0, 0, 7, NOW + DAY + 60_000)).toBe(false);
    expect(facts).toEqual([]);
  });

  test('decides nothing while it waits if it is stopped', async () => {
    const stop = new AbortController();
    let looks = 0;
    const emitted = () => {
      if (++looks === 5) stop.abort();
      return [7];
    };
    const { times, refuses, facts } = decisions(NOW - 3 * DAY, { emitted });
    await times.open(positionsOf([0]));
    await refuses(0, 0, 7, NOW, stop.signal);
    expect(facts).toEqual([]);
    expect(looks).toBe(5);
  });
});

describe('the letters that a trainer reads', () => {
  /** A log that counts the letters that are read. */
  class CountingLog extends MemoryLog {
    letters = 0;

    override readToEnd(positions: readonly ReadPosition[], onBatch: (batch: LogBatch) => Promise<void>): Promise<void> {
      return super.readToEnd(positions, async (batch) => {
        if (batch.topic === LETTERS) this.letters += batch.records.length;
        await onBatch(batch);
      });
    }
  }

  test('are those from the first that it still needs on, and only records to come are in memory', async () => {
    const log = new CountingLog();
    const store = new MemoryTrainerStore();
    for (let offset = 0; offset < 1_000; offset++) log.append([letterOf(0, offset, NOW + 9 * DAY)]);
    const first = decisions(NOW, { log });
    await first.times.open(positionsOf([0], 400), store);
    expect([log.letters, first.refusals.size]).toEqual([1_000, 600]);
    first.times.passed(0, 0, 990);
    expect(first.refusals.size).toBe(10);
    first.times.keep(0, store);

    log.letters = 0;
    const second = decisions(NOW + 4_000 * DAY, { log });
    await second.times.open(positionsOf([0], 990), store);
    expect([log.letters, second.refusals.size]).toEqual([10, 10]);
    expect(await second.refuses(0, 0, 995, NOW + 9 * DAY)).toBe(true);
    second.times.passed(0, 0, 1_000);
    second.times.keep(0, store);

    log.letters = 0;
    const third = decisions(NOW + 4_000 * DAY, { log });
    await third.times.open(positionsOf([0], 1_000), store);
    expect([log.letters, third.refusals.size]).toEqual([0, 0]);
  });

  test('are read again if the partition is read again from an earlier record', async () => {
    const log = new CountingLog();
    log.append(Array.from({ length: 10 }, (_, offset) => letterOf(0, offset, NOW + 9 * DAY)));
    const store = new MemoryTrainerStore();
    const { times, refuses } = decisions(NOW + 4_000 * DAY, { log });
    await times.open(positionsOf([0], 2), store);
    times.keep(0, store);
    // It read on to 8 and lost the partition before it stored that.
    times.passed(0, 0, 8);
    await times.open(positionsOf([0], 2), store);
    expect(await refuses(0, 0, 2, NOW + 9 * DAY)).toBe(true);
  });

  test('are all of them if their topic was created again', async () => {
    const store = new MemoryTrainerStore();
    store.keepNextLetter(0, 5_000);
    const { log, times, refuses } = decisions(NOW + 4_000 * DAY);
    log.append([letterOf(0, 7, NOW + 9 * DAY)]);
    await times.open(positionsOf([0]), store);
    expect(await refuses(0, 0, 7, NOW + 9 * DAY)).toBe(true);
  });

  const seed = testSeed();
  test(`decide the same after any restarts as without one (CLV_TEST_SEED=${seed})`, async () => {
    const random = seeded(seed);
    const log = new MemoryLog(() => 1 + random.below(4));
    const store = new MemoryTrainerStore();
    const refusedAt = new Set<number>();
    const stored = { next: 0 };
    let written = 0;
    let world = decisions(NOW + 4_000 * DAY, { log });
    await world.times.open(positionsOf([0]), store);
    let at = 0;
    for (let step = 0; step < 400; step++) {
      const roll = random.next();
      if (roll < 0.4) {
        // The scorer gets on; the trainer is never ahead of it here.
        for (let n = random.below(5); n > 0; n--) {
          if (random.next() < 0.3) {
            refusedAt.add(written);
            log.append([letterOf(0, written, NOW + 9 * DAY)]);
          }
          written++;
        }
        await world.times.open(positionsOf([0], at), store);
      } else if (roll < 0.8) {
        for (let n = random.below(6); n > 0 && at < written; n--, at++) {
          expect(await world.refuses(0, 0, at, NOW + 9 * DAY)).toBe(refusedAt.has(at));
          world.times.passed(0, 0, at + 1);
        }
      } else if (roll < 0.9) {
        stored.next = at;
        world.times.keep(0, store);
      } else {
        world = decisions(NOW + 4_000 * DAY, { log });
        at = stored.next;
        await world.times.open(positionsOf([0], at), store);
      }
    }
    expect(refusedAt.size).toBeGreaterThan(20);
  });
});

const LABELS = {
  ...{ window: 4, originEveryDays: 3, maxOpenOrigins: 10_000, reservoirSize: 1_000, recencyDays: 400 },
  ...{ judgedScores: 0, gateShare: 0.1, latenessDays: 0.25, quorum: 1 },
};

/** The labels of one partition after a trainer has read these orders, by key, timestamp and value. */
async function labelsOf(orders: readonly { key: string; ts: number; value: object }[], nowMs: number) {
  const { log, times } = decisions(nowMs);
  const encode = (text: string) => new TextEncoder().encode(text);
  log.append(
    orders.map(({ key, ts, value }) => ({
      ...{ topic: 'orders', partition: 0, key: encode(key), value: encode(JSON.stringify(value)), timestampMs: ts },
    })),
  );
  const decoder = new EventCodec({ currency: 'EUR', partitions: 1, hash: 'arrival', maxFutureMs: DAY });
  const ports = {
    reader: log,
    decoder,
    store: new MemoryTrainerStore(),
    times,
    clock: realClock,
    observer: quietObserver(),
  };
  const settings = { topics: INPUT_ROLES, partitions: 1, labels: LABELS, silenceDays: 0, confirmedS: null };
  const intake = new LabelIntake(
    ports,
    settings,
    () => null,
    null,
    async () => true,
  );
  await times.open(intake.positions());
  await log.readToEnd(intake.positions(), (batch) => intake.take(batch, NEVER));
  await intake.checkIdle();
  return intake.partitions[0]!;
}

const order = (customerId: string, id: number, eventTime: number) => ({
  ...{ orderId: `o${id}`, customerId, status: 'placed', eventTime, amountMinor: 100, currency: 'EUR' },
});

test('one record of 2036 closes no label: the labels are those of the stream without it', async () => {
  const lines = readFileSync('test/fixtures/time/future-log-timestamp.jsonl', 'utf8').trim().split('\n');
  const future = lines.map((line) => JSON.parse(line) as { key: string; ts: number; value: object });
  const shop = Array.from({ length: 200 }, (_, i) => {
    const ts = NOW - 40 * DAY + i * 4 * HOUR;
    return { key: `c${i % 20}`, ts, value: order(`c${i % 20}`, i, ts - 1_000) };
  });
  const without = await labelsOf(shop, NOW);
  const withIt = await labelsOf([...shop.slice(0, 100), ...future, ...shop.slice(100)], NOW);
  expect(withIt.clockS).toBe(without.clockS);
  expect(withIt.count()).toEqual(without.count());
  // The snapshot of a state names offsets, which differ by one.
  const talliesOf = (labels: PartitionLabels) =>
    [...labels.origins()].map(({ customerId, atS, segment, tally }) => ({ customerId, atS, segment, tally }));
  expect(talliesOf(withIt)).toEqual(talliesOf(without));
  expect(without.count().opened).toBeGreaterThan(100);
});

const seed = testSeed();

test(`a device whose clock is 23 hours fast costs no label (CLV_TEST_SEED=${seed})`, async () => {
  const random = seeded(seed);
  const orders: { key: string; ts: number; value: object }[] = [];
  for (let minute = 0; minute < 30 * 24 * 60; minute += 20) {
    const ts = NOW - 30 * DAY + minute * 60_000;
    const customerId = `c${random.below(80)}`;
    orders.push({ key: customerId, ts, value: order(customerId, minute, ts - random.below(4 * HOUR)) });
    if (minute % 360 === 0) orders.push({ key: 'fast', ts, value: order('fast', minute, ts + 23 * HOUR) });
  }
  const labels = await labelsOf(orders, NOW);
  expect(labels.count().events).toBeGreaterThan(2_000);
  expect(labels.count().tooLate).toBe(0);
  expect(labels.clockS).toBeLessThanOrEqual(NOW / 1000);
});
