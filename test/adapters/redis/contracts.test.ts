import { Redis } from 'ioredis';
import { RedisConnection } from '../../../src/adapters/redis/connection';
import { RedisKeys } from '../../../src/adapters/redis/keys';
import { RedisStateFormats } from '../../../src/adapters/redis/state-formats';
import { RedisStateReader } from '../../../src/adapters/redis/state-reader';
import { RedisStateStore } from '../../../src/adapters/redis/state-store';
import { stateStoreContract } from '../../contracts/state-store-contract';
import { describeWithRedis, redisUrl } from '../../support/services';

const silent = { dependency: () => {}, warning: () => {} };
let made = 0;

describeWithRedis('redis', () => {
  stateStoreContract('redis', async () => {
    const keyPrefix = `test-${process.pid}-${Date.now()}-${made++}`;
    const settings = { urls: [redisUrl() ?? ''], keyPrefix };
    const store = new RedisStateStore(new RedisConnection(settings, silent));
    const other = new RedisStateStore(new RedisConnection(settings, silent));
    const reader = new RedisStateReader(new RedisConnection(settings, silent));
    const formats = new RedisStateFormats(new RedisConnection(settings, silent));
    return {
      store,
      other,
      reader,
      formats,
      async forgetLevels(partition) {
        const client = new Redis(redisUrl() ?? '');
        await client.hdel(`${keyPrefix}:{${partition}}:meta`, 'format', 'reads');
        await client.quit();
      },
      answers: 'committed',
      async deleteState(partition, customerId) {
        const client = new Redis(redisUrl() ?? '');
        await client.del(new RedisKeys(keyPrefix).state(partition, customerId));
        await client.quit();
      },
      async close() {
        await Promise.all([store.close(), other.close(), reader.close(), formats.close()]);
        const client = new Redis(redisUrl() ?? '');
        const keys = await client.keys(`${keyPrefix}:*`);
        if (keys.length > 0) await client.del(keys);
        await client.quit();
      },
    };
  });
});
