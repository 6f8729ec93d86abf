import { Redis } from 'ioredis';
import { passes } from '../../src/domain/audit/audit';
import { CUSTOMERS_TOPIC } from '../../src/domain/event';
import { mulberry32 } from '../../src/domain/math/random';
import { environmentOf } from '../support/cli-process';
import { type Deployment, openDeployment } from '../support/deployment';
import { pauseMs, until } from '../support/process';
import { judgeProfiles, profileRecord } from '../support/profiles';
import { STREAM_OPENS_S, simulatedRecords } from '../support/recorded-stream';
import { compactAtOnce } from '../support/retention';
import { describeWithKafkaAndRedis, type Service, startRedis } from '../support/services';

const CUSTOMERS = 20;

describeWithKafkaAndRedis('customer attributes on a compacted topic', () => {
  let redis: Service;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(async () => {
    await redis.stop();
  });

  test('the audit passes before and after, and a state that is folded again from the remaining log is the same', async () => {
    const first = await openDeployment('kafka', { CLV_MAX_IDLE_MS: '100', REDIS_URL: `redis://${redis.address}` });
    const topic = first.platform.topics.inputs[CUSTOMERS_TOPIC]!;
    const random = mulberry32(31);
    let written = 0;
    /** Six hours apart. */
    const profiles = (count: number) =>
      Array.from({ length: count }, () => {
        const customerId = `customer-${1 + Math.floor(CUSTOMERS * random())}`;
        return profileRecord(first, customerId, STREAM_OPENS_S + 21_600 * written++, random);
      });
    const held = async (): Promise<number> => {
      let records = 0;
      for (let partition = 0; partition < first.settings.CLV_PARTITIONS; partition++) {
        await first.platform.reader().readToEnd([{ topic, partition, offset: 0 }], async (batch) => {
          records += batch.records.length;
        });
      }
      return records;
    };
    const expectRight = async (deployment: Deployment) => {
      const verdicts = await deployment.audit();
      expect(verdicts.flatMap(({ findings }) => findings)).toEqual([]);
      expect(verdicts.every(passes)).toBe(true);
      const { customers, wrong } = await judgeProfiles(deployment);
      expect({ customers: customers > 10, wrong }).toEqual({ customers: true, wrong: [] });
    };
    let second: Deployment | null = null;
    try {
      await first.write(simulatedRecords(first, 400, { customers: CUSTOMERS, seed: 21 }));
      await first.write(profiles(300));
      const scorer = await first.startScorer();
      await first.drained();
      await expectRight(first);
      const updates = await first.updates();
      // How many depends on how the topics interleave: a profile before the customer's first event publishes nothing.
      expect(updates.filter(({ source }) => source.topic === CUSTOMERS_TOPIC).length).toBeGreaterThan(0);

      await compactAtOnce(topic);
      await until('Kafka has taken most of what is no longer so', async () => {
        // A segment is cleaned once a later one was begun.
        await first.write(profiles(3));
        await pauseMs(200);
        return (await held()) < written - 200;
      });
      await first.drained();
      await expectRight(first);
      await scorer.stop();

      const client = new Redis(redis.port, '127.0.0.1');
      await client.flushall();
      await client.quit();
      second = await openDeployment('kafka', { ...environmentOf(first.settings), CLV_ON_STATE_LOST: 'continue' });
      await second.startScorer();
      await second.write(profiles(10));
      await second.drained();
      await expectRight(second);
    } finally {
      await second?.close();
      await first.close();
    }
  }, 180_000);
});
