import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { systemClock } from '../../src/adapters/system/clock';
import { isComplete, passes } from '../../src/domain/audit/audit';
import { murmur2Partition } from '../../src/domain/math/hash';
import { LATEST_EVENT_MS } from '../../src/domain/time-rule';
import type { Clock } from '../../src/ports/clock';
import type { LogRecord, OutgoingRecord } from '../../src/ports/log';
import { rebuildPartition } from '../../src/services/rebuild/rebuild-partition';
import { environmentOf } from '../support/cli-process';
import { type Deployment, type DeploymentKind, openDeployment } from '../support/deployment';
import { encodedStates } from '../support/encoded-states';
import { seeded, testSeed } from '../support/seeded';
import { describeWithKafkaAndRedis } from '../support/services';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;
const PARTITIONS = 3;
const seed = testSeed();

interface Line {
  readonly key: string;
  readonly ts: number;
  readonly value: object;
}

const linesOf = (text: string) =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
const FUTURE = linesOf(readFileSync('test/fixtures/time/future-log-timestamp.jsonl', 'utf8'));
const HISTORY = linesOf(gunzipSync(readFileSync('test/fixtures/time/backfill-old-timestamps.jsonl.gz')).toString());

function recordsOf({ platform }: Deployment, lines: readonly Line[]): OutgoingRecord[] {
  return lines.map(({ key, ts, value }) => {
    const bytes = new TextEncoder().encode(key);
    const to = { topic: platform.topics.inputs[0]!, partition: murmur2Partition(bytes, PARTITIONS) };
    return { ...to, key: bytes, value: new TextEncoder().encode(JSON.stringify(value)), timestampMs: ts };
  });
}

/** Orders whose records and events are dated before, at and far after the present. */
function hostileLines(count: number): Line[] {
  const random = seeded(seed);
  return Array.from({ length: count }, (_, i) => {
    const key = `c${random.below(12)}`;
    const skews = [-30 * DAY, -HOUR, 0, 0, 0, 5 * HOUR, 26 * HOUR, 3 * YEAR, 9 * YEAR, 30 * YEAR];
    const ts = systemClock.nowMs() - 2 * HOUR + random.pick(skews);
    const eventTime = ts + random.pick([-DAY, -1_000, 0, 23 * HOUR, 25 * HOUR]);
    const order = { orderId: `o${i}`, customerId: key, status: 'placed', amountMinor: 100 + i, currency: 'EUR' };
    return { key, ts, value: { ...order, eventTime } };
  });
}

const QUICK = { CLV_MAX_IDLE_MS: '100' };

/** Its input topics take any timestamp, as those of an older broker or of another owner may: setup only warns of them. */
async function openUnbounded(kind: DeploymentKind): Promise<Deployment> {
  if (kind === 'embedded') return openDeployment(kind, QUICK);
  const { settings, close } = await openDeployment(kind, { CLV_MAX_FUTURE_SECONDS: '3153600000' });
  await close();
  return openDeployment(kind, { ...environmentOf(settings), ...QUICK, CLV_MAX_FUTURE_SECONDS: '86400' });
}

async function outputsOf({ platform }: Deployment): Promise<LogRecord[]> {
  const reader = platform.reader();
  const all: LogRecord[] = [];
  for (const topic of [platform.topics.updates, platform.topics.deadLetters]) {
    for (let partition = 0; partition < PARTITIONS; partition++) {
      await reader.readToEnd([{ topic, partition, offset: 0 }], async ({ records }) => void all.push(...records));
    }
  }
  return all;
}

async function expectWhole(deployment: Deployment): Promise<void> {
  const verdicts = await deployment.audit();
  expect(verdicts.flatMap(({ findings }) => findings)).toEqual([]);
  expect([verdicts.every(passes), verdicts.every(isComplete)]).toEqual([true, true]);
}

function suite(kind: DeploymentKind): void {
  test('a history with its own timestamps: updates and dead letters are dated when they are written', async () => {
    const startMs = systemClock.nowMs();
    const deployment = await openDeployment(kind, QUICK);
    try {
      await deployment.write(recordsOf(deployment, HISTORY));
      await deployment.startScorer();
      await deployment.drained();
      const outputs = await outputsOf(deployment);
      expect(outputs).toHaveLength(HISTORY.length);
      const times = outputs.map(({ timestampMs }) => timestampMs);
      expect(Math.min(...times)).toBeGreaterThanOrEqual(startMs - 1_000);
      expect(Math.max(...times)).toBeLessThanOrEqual(systemClock.nowMs() + 1_000);
      // A letter names the timestamp of its record all the same. Some amounts are negative.
      const letters = await deployment.deadLetters();
      expect(letters.length).toBeGreaterThan(0);
      expect(Math.max(...letters.map(({ timestampMs }) => timestampMs))).toBeLessThan(startMs - YEAR);
      await expectWhole(deployment);
    } finally {
      await deployment.close();
    }
  });

  test('a record of 2036 is one dead letter, the partition goes on, and nothing is dated later than now', async () => {
    const deployment = await openUnbounded(kind);
    try {
      const good = HISTORY.filter(({ value }) => 'amountMinor' in value && Number(value.amountMinor) > 0).slice(0, 20);
      await deployment.write(recordsOf(deployment, [...FUTURE, ...good]));
      await deployment.startScorer();
      await deployment.drained();
      const letters = await deployment.deadLetters();
      expect(letters.map(({ reason, timestampMs, offset }) => [reason, timestampMs, offset])).toEqual([
        ['timestamp-ahead', FUTURE[0]!.ts, 0],
      ]);
      expect(await deployment.updates()).toHaveLength(20);
      const times = (await outputsOf(deployment)).map(({ timestampMs }) => timestampMs);
      expect(Math.max(...times)).toBeLessThanOrEqual(systemClock.nowMs() + 1_000);
      await expectWhole(deployment);
    } finally {
      await deployment.close();
    }
  });

  test('a record of the year 2110: its letter names the latest timestamp that there is, and the audit agrees', async () => {
    const deployment = await openUnbounded(kind);
    try {
      const ahead = FUTURE.map((line) => ({ ...line, ts: Date.UTC(2110, 0, 1) }));
      await deployment.write(recordsOf(deployment, ahead));
      await deployment.startScorer();
      await deployment.drained();
      const letters = await deployment.deadLetters();
      expect(letters.map(({ reason, timestampMs }) => [reason, timestampMs])).toEqual(
        ahead.map(() => ['invalid-value', LATEST_EVENT_MS]),
      );
      await expectWhole(deployment);
    } finally {
      await deployment.close();
    }
  });

  test(`law: fold, move the clock by ten years, fold everything again: byte-equal (CLV_TEST_SEED=${seed})`, async () => {
    const deployment = await openUnbounded(kind);
    try {
      await deployment.write(recordsOf(deployment, hostileLines(200)));
      const scorer = await deployment.startScorer();
      await deployment.drained();
      await scorer.stop();
      const before = await encodedStates(deployment);
      const letters = await deployment.deadLetters();
      const updates = await deployment.updates();
      expect(letters.filter(({ reason }) => reason === 'timestamp-ahead').length).toBeGreaterThan(20);
      const { platform } = deployment;
      for (let partition = 0; partition < PARTITIONS; partition++) {
        const ports = { archive: platform.stateArchive(), reader: platform.reader() };
        const rebuild = { topics: platform.topics.inputs, partition, commitId: randomUUID(), fromWhatIsLeft: false };
        await rebuildPartition(ports, rebuild);
      }
      expect((await deployment.states()).size).toBe(0);
      const later: Clock = { ...systemClock, nowMs: () => systemClock.nowMs() + 10 * YEAR };
      await deployment.startScorer(later);
      await deployment.folded();
      expect(await encodedStates(deployment)).toEqual(before);
      expect(await deployment.deadLetters()).toEqual(letters);
      expect(await deployment.updates()).toEqual(updates);
      await expectWhole(deployment);
    } finally {
      await deployment.close();
    }
  });
}

describe('times of records on the embedded store', () => suite('embedded'));
describeWithKafkaAndRedis('times of records on Kafka and Redis', () => {
  suite('kafka');

  test('topics of setup take no record from the future', async () => {
    const deployment = await openDeployment('kafka');
    try {
      const ahead = (ms: number) => recordsOf(deployment, [{ ...FUTURE[0]!, ts: systemClock.nowMs() + ms }]);
      await deployment.write(ahead(23 * HOUR));
      await expect(deployment.write(ahead(26 * HOUR))).rejects.toThrow(/timestamp/i);
    } finally {
      await deployment.close();
    }
  });
});
