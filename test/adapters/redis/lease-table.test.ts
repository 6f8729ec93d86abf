import { RedisKeys } from '../../../src/adapters/redis/keys';
import { RedisLeaseTable } from '../../../src/adapters/redis/lease-table';
import { leaseTableContract } from '../../contracts/lease-table-contract';
import { describeWithRedis, redisUrl } from '../../support/services';
import { emptyRedis } from './empty-redis';

describeWithRedis('redis', () => {
  leaseTableContract('redis', () => {
    const { connect, drop } = emptyRedis(redisUrl() ?? '');
    const table = new RedisLeaseTable(connect(), async () => 'shop');
    return {
      table,
      async close() {
        await table.close();
        await drop();
      },
    };
  });

  test('the table of a deployment that is gone vanishes', async () => {
    const { connect, client, keyPrefix, drop } = emptyRedis(redisUrl() ?? '');
    const table = new RedisLeaseTable(connect(), async () => 'shop');
    const first = { member: 'a', beats: 1, isAble: true, wants: [], isFirst: true };
    await table.beat({ ...first, frees: [], gives: [], takes: [], fills: [1] });
    const [key, ...others] = await client.keys(`${new RedisKeys(keyPrefix).leases('')}*`);
    expect(others).toEqual([]);
    expect(await client.pttl(key!)).toBeGreaterThan(0);
    await table.close();
    await drop();
  });

  test('two deployments on one key prefix have a table each', async () => {
    const { connect, drop } = emptyRedis(redisUrl() ?? '');
    const first = { beats: 1, isAble: true, wants: [], isFirst: true, frees: [], gives: [], takes: [], fills: [1] };
    for (const deployment of ['shop', 'other shop']) {
      const table = new RedisLeaseTable(connect(), async () => deployment);
      const { view } = await table.beat({ ...first, member: deployment });
      expect([...view.members.keys()]).toEqual([deployment]);
      expect([...view.holders]).toEqual([[1, deployment]]);
      await table.close();
    }
    await drop();
  });

  test('while nobody knows which deployment it is, a beat fails, and the next one asks again', async () => {
    const { connect, drop } = emptyRedis(redisUrl() ?? '');
    const answers = [Promise.reject(new Error('Kafka is away')), Promise.resolve('shop')];
    const table = new RedisLeaseTable(connect(), () => answers.shift()!);
    await expect(table.leave('a')).rejects.toThrow('Kafka is away');
    await table.leave('a');
    expect(answers).toEqual([]);
    await table.close();
    await drop();
  });
});
