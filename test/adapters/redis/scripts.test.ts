import { REPLACE_BLOB } from '../../../src/adapters/redis/format-scripts';
import { RedisScript } from '../../../src/adapters/redis/redis-script';
import { LOOK_FOR_STATES } from '../../../src/adapters/redis/scripts';
import { RedisStateFormats } from '../../../src/adapters/redis/state-formats';
import { RedisStateStore } from '../../../src/adapters/redis/state-store';
import { describeWithRedis, redisUrl } from '../../support/services';
import { type EmptyRedis, emptyRedis } from './empty-redis';

const IDENTITY = { app: 'shop', cluster: 'k1', inputs: ['orders'], updates: 'u', deadLetters: 'd' };

describeWithRedis('redis scripts', () => {
  let redis: EmptyRedis;
  beforeEach(() => {
    redis = emptyRedis(redisUrl() ?? '');
  });
  afterEach(() => redis.drop());

  test('a script that Redis has not cached is sent; one that fails is not run a second time', async () => {
    const { client, keyPrefix } = redis;
    const count = new RedisScript(`redis.call('INCR', KEYS[1]) return redis.error_reply('no, ' .. ARGV[1])`);
    for (const calls of ['1', '2']) {
      await expect(count.run(client, [keyPrefix], [calls])).rejects.toThrow(`no, ${calls}`);
      expect(await client.get(keyPrefix)).toBe(calls);
    }
    await client.del(keyPrefix);
  });

  test('a blob is replaced where it stands, unless it is gone', async () => {
    const { client, keyPrefix } = redis;
    const outbox = `${keyPrefix}:outbox`;
    await client.rpush(outbox, 'a', 'b', 'c');
    expect(await REPLACE_BLOB.run(client, [outbox], ['a', 'A'])).toBe(1);
    expect(await REPLACE_BLOB.run(client, [outbox], ['c', 'C'])).toBe(1);
    expect(await REPLACE_BLOB.run(client, [outbox], ['x', 'X'])).toBe(0);
    expect(await client.lrange(outbox, 0, -1)).toEqual(['A', 'b', 'C']);
  });

  test('the look for missing states finds those that are there by now, each at its place', async () => {
    const { client, keyPrefix } = redis;
    const names = ['meta', 'c:ann', 'c:bob', 'c:cho', 's:1'].map((name) => `${keyPrefix}:{0}:${name}`);
    await client.hset(names[0]!, 'cids', 'c1 c2');
    await client.mset(names[1]!, 'A', names[2]!, 'B');
    await client.sadd(names[4]!, 'ann', 'cho');
    const before = String(`${keyPrefix}:{0}:c:`.length);
    const reply = await LOOK_FOR_STATES.run(client, names, ['3', before, '5', '5', '5']);
    expect(reply).toEqual([...['c1 c2', 'A', 'B'].map((text) => Buffer.from(text)), 0]);
    await client.del(...names);
  });

  // Another version of the program, and whoever looks with redis-cli, rely on it.
  test('the layout is the documented one', async () => {
    const { client, keyPrefix, connect } = redis;
    const [store, formats] = [new RedisStateStore(connect()), new RedisStateFormats(connect())];
    const meta = () => client.hgetall(`${keyPrefix}:{5}:meta`);
    try {
      await store.claim(5, { identity: IDENTITY, topicIds: ['t0', 't0'] });
      await store.claim(5, { identity: IDENTITY, topicIds: ['t1', null] });
      const identity = '{"app":"shop","cluster":"k1","inputs":["orders"],"updates":"u","deadLetters":"d"}';
      const claimed = { identity, topics: 't1,-', format: '3' };
      expect(await meta()).toEqual({ ...claimed, epoch: '2', reads: '2:3' });

      const records = [{ kind: 'update', key: null, value: Buffer.from('u'), timestampMs: 0, covers: [6, 1] }] as const;
      const request = {
        epoch: 2,
        format: 2,
        records,
        states: [{ customerId: 'ann', state: Buffer.from('A1'), isNew: true }],
      };
      // Without a level it is level 1, which every version reads.
      const { format: _, ...atLevelOne } = request;
      await store.commit(5, { ...atLevelOne, follows: '', commitId: 'c-1', folded: [17, 2] });
      await store.commit(5, { ...request, follows: 'c-1', commitId: 'c-2', folded: [18, 2] });
      // F counts in these topics from now on: another id is for a restart to set.
      await store.claim(5, { identity: IDENTITY, topicIds: ['t9', 't9'] });
      const chain = { cids: 'c-1 c-2', commits: '2', folded: '18,2', published: '0,0', begun: '2', whole: '2' };
      expect(await meta()).toEqual({ ...claimed, ...chain, epoch: '3', reads: '3:3' });
      const outbox = await client.lrange(`${keyPrefix}:{5}:outbox`, 0, -1);
      expect(outbox.map((blob) => blob.slice(0, 5))).toEqual(['\u0001\u0003c-1', '\u0002\u0003c-2']);
      expect(await client.get(`${keyPrefix}:{5}:c:ann`)).toBe('A1');
      expect(await client.smembers(`${keyPrefix}:{5}:s:14`)).toEqual(['ann']);

      await store.trim(5, 'c-1', [17, 1]);
      await formats.setLevel(5, 1);
      const trimmed = {
        ...claimed,
        ...chain,
        published: '17,1',
        epoch: '4',
        format: '1',
        reads: '4:3',
        begun: '3',
        whole: '3',
      };
      expect(await meta()).toEqual(trimmed);
      expect(await client.llen(`${keyPrefix}:{5}:outbox`)).toBe(1);
      const all = ['c:ann', 'meta', 'outbox', 's:14'].map((key) => `${keyPrefix}:{5}:${key}`);
      expect((await client.keys(`${keyPrefix}*`)).sort()).toEqual(all);
    } finally {
      await Promise.all([store.close(), formats.close()]);
    }
  });
});
