import { readFileSync } from 'node:fs';
import { INPUT_ROLES, SECONDS_PER_DAY } from '../../../src/domain/event';
import type { PartitionLabels } from '../../../src/domain/labels/labels';
import type { OutgoingRecord } from '../../../src/ports/log';
import { DeadLetterCodec } from '../../../src/serde/dead-letter-codec';
import { EventCodec } from '../../../src/serde/event-codec';
import { TimeRefusals } from '../../../src/serde/time-refusals';
import { LabelIntake } from '../../../src/services/trainer/label-intake';
import { TimeDecisions } from '../../../src/services/trainer/time-decisions';
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

/** A trainer's decisions at a fixed local time, on a log of its own. */
function decisions(nowMs: number, log = new MemoryLog()) {
  const ports = {
    reader: log,
    clock: { ...realClock, nowMs: () => nowMs, elapsedS: () => 0 },
    refusals: new TimeRefusals(codec, INPUT_ROLES),
  };
  return { log, times: new TimeDecisions(ports, { deadLetters: LETTERS, maxFutureMs: DAY }) };
}

/** The letter of an order that was refused, in the partition of the order. */
function letterOf(partition: number, offset: number, timestampMs: number): OutgoingRecord {
  const at = { topic: 'orders', partition, offset, timestampMs, key: null, value: null };
  const value = codec.encode({ reason: 'timestamp-ahead', detail: 'ahead', ...at });
  return { topic: LETTERS, partition, key: null, value, timestampMs: NOW };
}

describe('a trainer passes a record over', () => {
  test('if its own clock shows that the timestamp is in the future', async () => {
    const { times } = decisions(NOW);
    await times.open([0]);
    expect(times.refuses(0, 0, 7, NOW + DAY)).toBe(false);
    expect(times.refuses(0, 0, 7, NOW + DAY + 1)).toBe(true);
  });

  test('if a scorer refused it, however late it is now', async () => {
    const { log, times } = decisions(NOW + 4_000 * DAY);
    log.append([letterOf(1, 7, NOW + 9 * DAY)]);
    await times.open([0, 1]);
    expect(times.refuses(0, 1, 7, NOW + 9 * DAY)).toBe(true);
    expect(times.refuses(0, 0, 7, NOW + 9 * DAY)).toBe(false);
    expect(times.refuses(1, 1, 7, NOW + 9 * DAY)).toBe(false);
    // A topic that was created again has another record there.
    expect(times.refuses(0, 1, 7, NOW + 8 * DAY)).toBe(false);
  });

  test('if a scorer refuses it while the trainer runs', async () => {
    const { log, times } = decisions(NOW + 4_000 * DAY);
    await times.open([0]);
    const stop = new AbortController();
    const following = times.follow([0], stop.signal);
    log.append([letterOf(0, 3, NOW + 9 * DAY)]);
    await until('the letter is read', () => times.refuses(0, 0, 3, NOW + 9 * DAY));
    stop.abort();
    await following;
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
  await times.open([0]);
  await log.readToEnd(intake.positions(), (batch) => intake.take(batch));
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
