import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { isComplete, passes } from '../../src/domain/audit/audit';
import type { ScorerService } from '../../src/services/scorer/scorer-service';
import { runCommand } from '../support/cli';
import { environmentOf } from '../support/cli-process';
import { type Deployment, openDeployment } from '../support/deployment';
import { until } from '../support/process';
import { simulatedRecords } from '../support/recorded-stream';
import { describeWithKafkaAndRedis, redisUrl, startRedis } from '../support/services';

const QUICK = { CLV_MAX_IDLE_MS: '100' };
const PARTITIONS = 3;

function halted(scorer: ScorerService): Promise<void> {
  return until('every partition stands still', () => {
    const { ready, reasons } = scorer.readiness();
    return !ready && reasons.filter((reason) => reason.endsWith('is halted')).length === PARTITIONS;
  });
}

const errorsOf = ({ notices }: Deployment): string[] =>
  notices.filter(({ level }) => level === 'error').map(({ message }) => message);

async function expectWhole(deployment: Deployment): Promise<void> {
  const verdicts = await deployment.audit();
  expect(verdicts.flatMap(({ findings }) => findings)).toEqual([]);
  expect([verdicts.every(passes), verdicts.every(isComplete)]).toEqual([true, true]);
}

describeWithKafkaAndRedis('whose state it is', () => {
  let redis: Redis;
  beforeAll(() => {
    redis = new Redis(redisUrl() ?? '');
  });
  afterAll(async () => {
    await redis.quit();
  });

  const metas = (prefix: string) =>
    Promise.all([0, 1, 2].map((partition) => redis.hgetall(`${prefix}:{${partition}}:meta`)));

  test('a second deployment on the key prefix of another is refused, and changes nothing of it', async () => {
    const first = await openDeployment('kafka', QUICK);
    const prefix = first.settings.CLV_REDIS_PREFIX;
    const second = await openDeployment('kafka', { ...QUICK, CLV_REDIS_PREFIX: prefix });
    let mended: Deployment | null = null;
    try {
      const records = simulatedRecords(first, 600, { customers: 20, seed: 5 });
      await first.write(records.slice(0, 300));
      await first.startScorer();
      await first.drained();
      const before = await metas(prefix);

      const others = simulatedRecords(second, 600, { customers: 20, seed: 6 });
      await second.write(others);
      const refused = await second.startScorer();
      await halted(refused);
      expect(await metas(prefix)).toEqual(before);
      const errors = errorsOf(second);
      expect(errors).toHaveLength(PARTITIONS);
      for (const error of errors) {
        expect(error).toContain(`CLV_APP ${first.settings.CLV_APP} `);
        expect(error).toContain(`CLV_APP ${second.settings.CLV_APP} `);
        expect(error).toContain('CLV_REDIS_PREFIX');
      }

      await first.write(records.slice(300));
      await first.drained();
      await expectWhole(first);
      expect(await first.updates()).toHaveLength(600);
      expect(await second.updates()).toEqual([]);
      await refused.stop();

      mended = await openDeployment('kafka', { ...environmentOf(second.settings), CLV_REDIS_PREFIX: `${prefix}-2` });
      await mended.startScorer();
      await mended.drained();
      await expectWhole(mended);
      expect(await mended.updates()).toHaveLength(600);
    } finally {
      await mended?.close();
      await second.close();
      await first.close();
    }
  }, 120_000);

  test.each([
    ['other topics', { app: true }],
    ['another Redis', { app: true, topics: true }],
  ])(
    'the same CLV_APP for two deployments (%s): both say so, one of them goes on and is exact',
    async (_, same) => {
      const first = await openDeployment('kafka', QUICK);
      const other = await startRedis();
      const topics = Object.fromEntries(
        Object.entries(environmentOf(first.settings)).filter(([name]) => name.startsWith('CLV_TOPIC_')),
      );
      const second = await openDeployment('kafka', {
        ...QUICK,
        CLV_APP: first.settings.CLV_APP,
        ...('topics' in same ? { ...topics, REDIS_URL: `redis://${other.address}` } : {}),
      });
      try {
        const records = simulatedRecords(first, 400, { customers: 20, seed: 8 });
        await first.write(records.slice(0, 200));
        const owner = await first.startScorer();
        await first.drained();
        const intruder = await second.startScorer();
        const shared = /another deployment is a member of the same consumer group/;
        for (const [scorer, deployment] of [
          [owner, first],
          [intruder, second],
        ] as const) {
          await until('it says so', () => scorer.readiness().reasons.some((reason) => shared.test(reason)));
          expect(errorsOf(deployment)).toEqual([expect.stringMatching(shared)]);
        }
        await first.write(records.slice(200));
        await first.drained();
        await intruder.stop();
        await until('it is alone again', () => owner.readiness().ready);
        await expectWhole(first);
        expect(await first.updates()).toHaveLength(400);
      } finally {
        await second.close();
        await first.close();
        await other.stop();
      }
    },
    240_000,
  );

  test('a renamed deployment adopts its state, goes on and publishes nothing twice; an import into foreign state is refused', async () => {
    const first = await openDeployment('kafka', QUICK);
    let renamed: Deployment | null = null;
    const dir = mkdtempSync(join(tmpdir(), 'clv-adopt-'));
    try {
      const records = simulatedRecords(first, 400, { customers: 20, seed: 9 });
      await first.write(records.slice(0, 200));
      const scorer = await first.startScorer();
      await first.drained();
      await scorer.stop();
      const file = join(dir, 'state.gz');
      expect(runCommand(['state', 'export', '--out', file], environmentOf(first.settings)).code).toBe(0);

      const other = { ...environmentOf(first.settings), CLV_APP: `${first.settings.CLV_APP}-2` };
      const before = await metas(first.settings.CLV_REDIS_PREFIX);
      const refused = runCommand(['state', 'import', '--in', file], other);
      expect([refused.code, refused.stderr]).toEqual([1, expect.stringMatching(/belongs to another deployment/)]);
      expect(runCommand(['state', 'adopt'], other).code).not.toBe(0);
      expect(await metas(first.settings.CLV_REDIS_PREFIX)).toEqual(before);

      const adopted = runCommand(['state', 'adopt', '--offsets-are-the-same'], other);
      expect([adopted.code, adopted.stdout]).toEqual([
        0,
        expect.stringMatching(/3 partitions now belong to CLV_APP .*-2 .*before, they belonged to CLV_APP/),
      ]);
      renamed = await openDeployment('kafka', { ...other, CLV_ON_OFFSETS_EXPIRED: 'continue' });
      await renamed.write(records.slice(200));
      await renamed.startScorer();
      await renamed.drained();
      await expectWhole(renamed);
      expect(await renamed.updates()).toHaveLength(400);
    } finally {
      await renamed?.close();
      await first.close();
      rmSync(dir, { recursive: true, force: true });
    }
  }, 120_000);

  test('a meta of before, without an owner, takes its first one and goes on', async () => {
    const deployment = await openDeployment('kafka', QUICK);
    const prefix = deployment.settings.CLV_REDIS_PREFIX;
    try {
      const records = simulatedRecords(deployment, 400, { customers: 20, seed: 7 });
      await deployment.write(records.slice(0, 200));
      const scorer = await deployment.startScorer();
      await deployment.drained();
      await scorer.stop();
      for (const partition of [0, 1, 2]) await redis.hdel(`${prefix}:{${partition}}:meta`, 'identity', 'topics');

      await deployment.write(records.slice(200));
      await deployment.startScorer();
      await deployment.drained();
      await expectWhole(deployment);
      for (const meta of await metas(prefix)) {
        expect(JSON.parse(meta.identity!)).toMatchObject({ app: deployment.settings.CLV_APP });
        expect(meta.topics!.split(',').every((id) => /^[\w-]{22}$/.test(id))).toBe(true);
      }
      expect(errorsOf(deployment)).toEqual([]);
    } finally {
      await deployment.close();
    }
  }, 120_000);
});
