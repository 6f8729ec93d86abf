import { RedisStateMend } from '../../../src/adapters/redis/state-mend';
import { RedisStateReader } from '../../../src/adapters/redis/state-reader';
import { RedisStateStore } from '../../../src/adapters/redis/state-store';
import { stateMendContract } from '../../contracts/state-mend-contract';
import { describeWithRedis, redisUrl } from '../../support/services';
import { emptyRedis } from './empty-redis';

describeWithRedis('redis', () => {
  const url = redisUrl() ?? '';

  async function make() {
    const { connect, client, keyPrefix, drop } = emptyRedis(url);
    const [mend, store, reader] = [
      new RedisStateMend(connect()),
      new RedisStateStore(connect()),
      new RedisStateReader(connect()),
    ];
    const close = async () => {
      await Promise.all([mend.close(), store.close(), reader.close()]);
      await drop();
    };
    return { mend, store, reader, client, keyPrefix, close };
  }

  stateMendContract('redis', make);

  test('a key of another type is nothing that the program wrote: it counts as absent', async () => {
    const { mend, store, client, keyPrefix, close } = await make();
    try {
      const { epoch } = await store.claim(0);
      await store.commit(0, { epoch, follows: '', commitId: 'c1', states: [], folded: [1], records: [] });
      const key = `${keyPrefix}:{0}:c:ann`;
      await client.lpush(key, 'a list');
      const state = Buffer.from('A1');
      expect(await mend.put(0, { customerId: 'ann', found: Buffer.from('a list'), state, folded: [1] })).toBe(false);
      expect(await mend.put(0, { customerId: 'ann', found: null, state, folded: [1] })).toBe(true);
      expect(await client.get(key)).toBe('A1');
    } finally {
      await close();
    }
  });
});
