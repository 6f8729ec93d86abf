import { RedisStateMend } from '../../../src/adapters/redis/state-mend';
import { RedisStateReader } from '../../../src/adapters/redis/state-reader';
import { RedisStateStore } from '../../../src/adapters/redis/state-store';
import { NEWEST_FORMAT } from '../../../src/serde/format-level';
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

  // The owner may hold the state of before in memory.
  test('the owner is fenced, and what its claim noted of format levels stays', async () => {
    const { mend, store, client, keyPrefix, close } = await make();
    try {
      const { epoch } = await store.claim(0);
      const request = { epoch, folded: [1], records: [] };
      const states = [{ customerId: 'ann', state: Buffer.from('A1'), isNew: true }];
      await store.commit(0, { ...request, follows: '', commitId: 'c1', states });
      const mended = { customerId: 'ann', found: Buffer.from('A1'), state: Buffer.from('A2'), folded: [1] };
      const levels = () => client.hmget(`${keyPrefix}:{0}:meta`, 'epoch', 'reads');
      expect(await mend.put(0, { ...mended, found: Buffer.from('A0') })).toBe(false);
      expect(await levels()).toEqual(['1', `1:${NEWEST_FORMAT}`]);
      expect(await mend.put(0, mended)).toBe(true);
      expect(await levels()).toEqual(['2', `2:${NEWEST_FORMAT}`]);
      expect(await store.commit(0, { ...request, follows: 'c1', commitId: 'c2', states })).toBe('fenced');
      expect(String((await store.load(0, ['ann'])).states[0])).toBe('A2');
      // A claim of a version that notes nothing.
      await client.hincrby(`${keyPrefix}:{0}:meta`, 'epoch', 1);
      expect(await mend.put(0, { ...mended, found: Buffer.from('A2') })).toBe(true);
      expect(await levels()).toEqual(['4', `2:${NEWEST_FORMAT}`]);
    } finally {
      await close();
    }
  });

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
