import { Cluster, Redis } from 'ioredis';
import { RedisConnection } from '../../../src/adapters/redis/connection';
import { evictionWarning } from '../../../src/adapters/redis/memory-policy';
import { until } from '../../support/process';
import { describeWithRedis, startRedis } from '../../support/services';

/** A node with this policy; null: one that does not say. */
const node = (policy: string | null) => ({
  info: async (section: string) => `# ${section}\r\nmaxmemory:0\r\n${policy ? `maxmemory_policy:${policy}\r\n` : ''}`,
});

describe('the eviction policy', () => {
  test.each([
    ['noeviction', null],
    ['allkeys-lru', expect.stringContaining('maxmemory-policy allkeys-lru: ')],
    [null, null],
  ])('%s: %s', async (policy, warning) => {
    expect(await evictionWarning(node(policy) as unknown as Redis)).toEqual(warning);
  });

  test('of a cluster is that of each master', async () => {
    const requested: string[] = [];
    const nodes = (role: string) => {
      requested.push(role);
      return [node('noeviction'), node('volatile-ttl')];
    };
    const cluster: Cluster = Object.assign(Object.create(Cluster.prototype), { nodes });
    expect(await evictionWarning(cluster)).toContain('volatile-ttl');
    expect(requested).toEqual(['master']);
  });
});

describeWithRedis('the eviction policy of a running Redis', () => {
  test('is warned of once when it is changed, and again after it was right', async () => {
    const service = await startRedis();
    const client = new Redis(service.port, '127.0.0.1');
    const warnings: string[] = [];
    const events = { dependency: () => undefined, warning: (message: string) => void warnings.push(message) };
    const connection = new RedisConnection({ urls: [`redis://${service.address}`], policyCheckMs: 50 }, events);
    const set = (policy: string) => client.config('SET', 'maxmemory-policy', policy);
    const warned = (count: number) => until('it is warned of', async () => warnings.length >= count);
    /** Until the policy was looked at twice. */
    const looked = async () => {
      await client.config('RESETSTAT');
      await until('it was looked at', async () => {
        const found = /cmdstat_info:calls=(\d+)/.exec(await client.info('commandstats'));
        return Number(found?.[1] ?? 0) - ++own >= 2;
      });
      own = 0;
    };
    let own = 0;
    try {
      await connection.run('a call', (redis) => redis.ping());
      await looked();
      expect(warnings).toEqual([]);
      await set('allkeys-random');
      await warned(1);
      await looked();
      await set('allkeys-lru');
      await warned(2);
      await set('noeviction');
      await looked();
      await set('allkeys-lru');
      await warned(3);
      const policies = warnings.map((message) => /maxmemory-policy (\S+?):/.exec(message)?.[1]);
      expect(policies).toEqual(['allkeys-random', 'allkeys-lru', 'allkeys-lru']);
    } finally {
      await connection.close();
      client.disconnect();
      await service.stop();
    }
  });
});
