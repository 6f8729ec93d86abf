import { Redis } from 'ioredis';
import { isComplete, passes } from '../../src/domain/audit/audit';
import type { ScorerService } from '../../src/services/scorer/scorer-service';
import { environmentOf } from '../support/cli-process';
import { type Deployment, openDeployment } from '../support/deployment';
import { until } from '../support/process';
import { simulatedRecords } from '../support/recorded-stream';
import { describeWithKafkaAndRedis, redisUrl } from '../support/services';

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

  it('a second deployment on the key prefix of another is refused, and changes nothing of it', async () => {
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

  it('a meta of before, without an owner, takes its first one and goes on', async () => {
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
