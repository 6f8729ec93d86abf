import { RedisKeys } from '../../../src/adapters/redis/keys';
import { RedisLeaseTable } from '../../../src/adapters/redis/lease-table';
import { leaseTableContract } from '../../contracts/lease-table-contract';
import { describeWithRedis, redisUrl } from '../../support/services';
import { emptyRedis } from './empty-redis';

describeWithRedis('redis', () => {
  leaseTableContract('redis', () => {
    const { connect, drop } = emptyRedis(redisUrl() ?? '');
    const table = new RedisLeaseTable(connect());
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
    const table = new RedisLeaseTable(connect());
    const first = { member: 'a', beats: 1, isAble: true, wants: [], isFirst: true };
    await table.beat({ ...first, frees: [], gives: [], takes: [], fills: [1] });
    expect(await client.pttl(new RedisKeys(keyPrefix).leases())).toBeGreaterThan(0);
    await table.close();
    await drop();
  });
});
