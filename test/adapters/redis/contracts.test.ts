import { RedisKeys } from '../../../src/adapters/redis/keys';
import { RedisStateArchive } from '../../../src/adapters/redis/state-archive';
import { RedisStateFormats } from '../../../src/adapters/redis/state-formats';
import { RedisStateReader } from '../../../src/adapters/redis/state-reader';
import { RedisStateStore } from '../../../src/adapters/redis/state-store';
import { stateStoreContract } from '../../contracts/state-store-contract';
import { describeWithRedis, redisUrl } from '../../support/services';
import { emptyRedis } from './empty-redis';

describeWithRedis('redis', () => {
  stateStoreContract('redis', async () => {
    const { connect, client, keyPrefix, drop } = emptyRedis(redisUrl() ?? '');
    const store = new RedisStateStore(connect());
    const other = new RedisStateStore(connect());
    const reader = new RedisStateReader(connect());
    const formats = new RedisStateFormats(connect());
    const adoption = new RedisStateArchive(connect());
    return {
      store,
      other,
      reader,
      formats,
      adoption,
      async forgetLevels(partition) {
        await client.hdel(`${keyPrefix}:{${partition}}:meta`, 'format', 'reads');
      },
      answers: 'committed',
      async deleteState(partition, customerId) {
        await client.del(new RedisKeys(keyPrefix).state(partition, customerId));
      },
      async close() {
        await Promise.all([store, other, reader, formats, adoption].map((each) => each.close()));
        await drop();
      },
    };
  });
});
