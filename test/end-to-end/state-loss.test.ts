import { Redis } from 'ioredis';
import { isComplete, passes } from '../../src/domain/audit/audit';
import type { ClvUpdate } from '../../src/domain/update';
import type { ScorerService } from '../../src/services/scorer/scorer-service';
import { environmentOf } from '../support/cli-process';
import { type Deployment, openDeployment } from '../support/deployment';
import { byTopic } from '../support/events';
import { until } from '../support/process';
import { simulatedRecords } from '../support/recorded-stream';
import { deleteGroup, truncateTopic } from '../support/retention';
import { describeWithKafkaAndRedis, type Service, startRedis } from '../support/services';

const QUICK = { CLV_MAX_IDLE_MS: '100' };
const STREAM = { customers: 20, seed: 21 };

/** The same topics, group and keys under other settings. */
const reopen = (deployment: Deployment, changes: Record<string, string>): Promise<Deployment> =>
  openDeployment('kafka', { ...environmentOf(deployment.settings), ...changes });

async function halted(deployment: Deployment, scorer: ScorerService, partitions: number): Promise<string[]> {
  await until('the partitions stand still', () => {
    const { reasons } = scorer.readiness();
    return reasons.filter((reason) => reason.endsWith('is halted')).length === partitions;
  });
  expect(scorer.readiness().ready).toBe(false);
  return deployment.notices.filter(({ level }) => level === 'error').map(({ message }) => message);
}

async function expectWhole(deployment: Deployment): Promise<void> {
  const verdicts = await deployment.audit();
  expect(verdicts.flatMap(({ findings }) => findings)).toEqual([]);
  expect([verdicts.every(passes), verdicts.every(isComplete)]).toEqual([true, true]);
}

describeWithKafkaAndRedis('what is lost is never lost in silence', () => {
  let redis: Service;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(async () => {
    await redis.stop();
  });

  async function flushRedis(): Promise<void> {
    const client = new Redis(redis.port, '127.0.0.1');
    await client.flushall();
    await client.quit();
  }

  test.each(['every', 'coalesce'])(
    'Redis emptied under a running scorer (emission %s): it halts; with continue it folds the log again and publishes nothing twice',
    async (emission) => {
      const settings = { ...QUICK, REDIS_URL: `redis://${redis.address}`, CLV_EMISSION: emission };
      const first = await openDeployment('kafka', settings);
      const records = simulatedRecords(first, 900, STREAM);
      let second: Deployment | null = null;
      try {
        await first.write(records.slice(0, 600));
        const scorer = await first.startScorer();
        await first.drained();
        const before = await first.updates();
        await flushRedis();
        await first.write(records.slice(600, 700));
        const errors = await halted(first, scorer, 3);
        expect(errors.filter((message) => /state-lost \(.*CLV_ON_STATE_LOST=continue/.test(message))).toHaveLength(3);
        await scorer.stop();
        expect(await first.updates()).toHaveLength(before.length);

        second = await reopen(first, { CLV_ON_STATE_LOST: 'continue' });
        await second.startScorer();
        await second.write(records.slice(700));
        await second.drained();
        expect(
          second.notices.some(({ message }) => /state-lost.*Going on from the records that are left/.test(message)),
        ).toBe(true);
        await expectWhole(second);
        const after = await second.updates();
        if (emission === 'every') expect(after).toHaveLength(900);
        expectMarked(before, after);
      } finally {
        await second?.close();
        await first.close();
      }
    },
    240_000,
  );

  /** Nothing that was published has gone; of each customer in it, the first update after the rebuild says so, and no other does. */
  function expectMarked(before: readonly ClvUpdate[], after: readonly ClvUpdate[]): void {
    const positionOf = ({ source }: ClvUpdate) => `${source.topic}:${source.partition}:${source.offset}`;
    const published = new Set(before.map(positionOf));
    const known = new Set(before.map(({ customerId }) => customerId));
    const rebuilt = after.filter((update) => !published.has(positionOf(update)));
    expect(after.length - rebuilt.length).toBe(before.length);
    for (const { customerId, refolded } of rebuilt) {
      expect({ customerId, refolded }).toEqual({ customerId, refolded: known.delete(customerId) });
    }
  }

  test('a log that no longer holds what is to be folded: it halts; with continue it goes on, and the audit reports what it cannot check', async () => {
    const first = await openDeployment('kafka', QUICK);
    const records = simulatedRecords(first, 1_000, STREAM);
    let second: Deployment | null = null;
    try {
      await first.write(records.slice(0, 300));
      const scorer = await first.startScorer();
      await first.drained();
      await scorer.stop();
      await first.write(records.slice(300));
      const [, clicks] = first.platform.topics.inputs;
      const reader = first.platform.reader();
      const start = (await first.platform.emitted(0))![1]! + 5;
      expect((await reader.bounds(clicks, 0)).end).toBeGreaterThan(start);
      await truncateTopic(clicks, 0, start);

      const waiting = await first.startScorer();
      const errors = await halted(first, waiting, 1);
      expect(errors).toEqual([
        expect.stringMatching(/partition 0: log-lost \(.*-clicks\)\. .*CLV_ON_LOG_LOST=continue/),
      ]);
      await waiting.stop();
      expect((await first.audit())[0]!.pending + (await first.audit())[0]!.lost).toBeGreaterThan(0);

      second = await reopen(first, { CLV_ON_LOG_LOST: 'continue' });
      await second.startScorer();
      await second.drained();
      const verdicts = await second.audit();
      expect(verdicts.flatMap(({ findings }) => findings)).toEqual([]);
      expect(verdicts.map(({ notAuditableBefore }) => notAuditableBefore)).toEqual([
        byTopic({ clicks: start }),
        byTopic(),
        byTopic(),
      ]);
      expect(verdicts.map(isComplete)).toEqual([false, true, true]);
      expect(await second.updates()).toHaveLength(1_000 - 5);
    } finally {
      await second?.close();
      await first.close();
    }
  }, 120_000);

  test("the group's offsets gone: it halts; with continue it goes on from the state's own record of what was published", async () => {
    const first = await openDeployment('kafka', QUICK);
    const records = simulatedRecords(first, 600, STREAM);
    let second: Deployment | null = null;
    try {
      await first.write(records.slice(0, 300));
      const scorer = await first.startScorer();
      await first.drained();
      await scorer.stop();
      await deleteGroup(first.settings.CLV_APP);
      await first.write(records.slice(300));
      const waiting = await first.startScorer();
      const errors = await halted(first, waiting, 3);
      expect(errors.every((message) => /offsets-expired.*CLV_ON_OFFSETS_EXPIRED=continue/.test(message))).toBe(true);
      await waiting.stop();

      second = await reopen(first, { CLV_ON_OFFSETS_EXPIRED: 'continue' });
      await second.startScorer();
      await second.drained();
      await expectWhole(second);
      expect(await second.updates()).toHaveLength(600);
    } finally {
      await second?.close();
      await first.close();
    }
  }, 120_000);
});
