import type { RedisConnection } from '../../../src/adapters/redis/connection';
import { RedisKeys } from '../../../src/adapters/redis/keys';
import { RedisStateStore } from '../../../src/adapters/redis/state-store';
import type { CommitRequest } from '../../../src/ports/state-store';
import { describeWithRedis, redisUrl } from '../../support/services';
import { type EmptyRedis, emptyRedis } from './empty-redis';

function commit(part: Partial<CommitRequest>): CommitRequest {
  return { epoch: 1, follows: '', commitId: 'c1', states: [], folded: [1], records: [], ...part };
}
const states = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ customerId: `c${i}`, state: Buffer.from(`s${i}`), isNew: true }));

describeWithRedis('redis state store', () => {
  let redis: EmptyRedis;
  let store: RedisStateStore;
  beforeEach(() => {
    redis = emptyRedis(redisUrl() ?? '');
    store = new RedisStateStore(redis.connect({ commandTimeoutMs: 20_000 }));
  });
  afterEach(async () => {
    await store.close();
    await redis.drop();
  });

  test('states whose meta was lost are dropped at the next claim: they belong to no F', async () => {
    const { epoch } = await store.claim(0);
    await store.commit(0, commit({ epoch, states: states(3) }));
    await redis.client.del(`${redis.keyPrefix}:{0}:meta`);
    expect((await store.claim(0)).meta).toBeNull();
    expect((await store.load(0, ['c0', 'c1', 'c2'])).states).toEqual([null, null, null]);
    expect(await store.load(0, ['c0'])).toEqual({ commitId: '', states: [null], vanished: [] });
  });

  test('a commit of a whole sweep is stored whole; a larger one than Redis can take is refused before it is sent', async () => {
    const { epoch } = await store.claim(0);
    const full = states(30_000);
    expect(await store.commit(0, commit({ epoch, states: full }))).toBe('committed');
    const ids = full.map(({ customerId }) => customerId);
    expect((await store.load(0, ids)).states.map(String)).toEqual(full.map(({ state }) => state.toString()));
    const over = commit({ epoch, follows: 'c1', commitId: 'c2', states: states(200_001) });
    await expect(store.commit(0, over)).rejects.toThrow(RangeError);
    expect(await store.newestCommitId(0)).toBe('c1');
  });

  test('commits sent one behind the other without waiting are stored in order', async () => {
    const { epoch } = await store.claim(0);
    const sent = Array.from({ length: 20 }, (_, i) =>
      store.commit(0, commit({ epoch, follows: i === 0 ? '' : `c${i - 1}`, commitId: `c${i}`, folded: [i + 1] })),
    );
    expect(new Set(await Promise.all(sent))).toEqual(new Set(['committed']));
    const { outbox } = await store.claim(0);
    expect(outbox.map(({ commitId }) => commitId)).toEqual(Array.from({ length: 20 }, (_, i) => `c${i}`));
  });

  test('a commit id with a space, or an empty one, is refused', async () => {
    await expect(store.commit(0, commit({ commitId: 'a b' }))).rejects.toThrow(RangeError);
    await expect(store.commit(0, commit({ commitId: '' }))).rejects.toThrow(RangeError);
  });

  test('meta of another program has its code', async () => {
    await redis.client.hset(`${redis.keyPrefix}:{0}:meta`, 'cids', 'x');
    await expect(store.claim(0)).rejects.toMatchObject({ code: 'redis-content' });
  });

  test('an owner that nobody can read keeps its partition', async () => {
    await redis.client.hset(`${redis.keyPrefix}:{0}:meta`, 'identity', 'who?');
    const identity = { app: 'shop', cluster: 'k1', inputs: ['orders'], updates: 'u', deadLetters: 'd' };
    expect(await store.claim(0, { identity, topicIds: ['t1'] })).toMatchObject({ epoch: 0, foreign: 'who?' });
    expect(await redis.client.hgetall(`${redis.keyPrefix}:{0}:meta`)).toEqual({ identity: 'who?' });
    expect(await store.owner(0)).toBeNull();
  });

  test('a closed store has finished what was sent, and takes nothing more', async () => {
    const { epoch } = await store.claim(0);
    const sent = store.commit(0, commit({ epoch, states: states(1_000) }));
    await store.close();
    await store.close();
    expect(await sent).toBe('committed');
    await expect(store.newestCommitId(0)).rejects.toMatchObject({ code: 'redis-refused' });
  });
});

describe('reads at different commits belong to none', () => {
  type Chain = readonly [cids: string, begun?: string, whole?: string];
  interface Reads {
    /** Per chunk: meta before the states, the states, meta after them. */
    readonly chunks: readonly (readonly [Chain, readonly (string | null)[], Chain])[];
    /** Replies of the script that looks for missing states. */
    readonly looks?: readonly (readonly (string | null | 0)[])[];
  }
  const bytes = <T>(values: readonly T[]) =>
    values.map((value) => (typeof value === 'string' ? Buffer.from(value) : value));

  function loaded({ chunks, looks = [] }: Reads) {
    const [waiting, left] = [[...chunks], [...looks]];
    const pipeline = () => {
      const replies = waiting.shift()!.map((reply) => [null, bytes<unknown>(reply)]);
      const reading = { hmgetBuffer: () => reading, mgetBuffer: () => reading, exec: async () => replies };
      return reading;
    };
    const client = { pipeline, callBuffer: async () => bytes(left.shift()!) };
    const run = (_: string, call: (client: unknown) => unknown) => call(client);
    const store = new RedisStateStore({ keys: new RedisKeys(), run } as unknown as RedisConnection);
    const count = chunks.reduce((sum, [, found]) => sum + found.length, 0);
    return store.load(
      0,
      states(count).map(({ customerId }) => customerId),
    );
  }

  const many = Array<string>(500).fill('s');

  test('one commit in all of them: it is named', async () => {
    const chunks = [
      [['c1'], many, ['c1']],
      [['c1'], ['t', null], ['c1']],
    ] as const;
    const { commitId, states: found, vanished } = await loaded({ chunks, looks: [['c1', 0]] });
    expect([commitId, vanished]).toEqual(['c1', ['c501']]);
    expect(found.map((state) => state && String(state))).toEqual([...many, 't', null]);
  });

  // No commit can follow it: a commit id holds no space.
  test.each<[string, Reads]>([
    [
      'between chunks',
      {
        chunks: [
          [['c1'], many, ['c1']],
          [['c1 c2'], ['s'], ['c1 c2']],
        ],
      },
    ],
    ['while states are read', { chunks: [[['c1'], ['s'], ['c1 c2']]] }],
    ['before the look for missing ones', { chunks: [[['c1'], ['s', null], ['c1']]], looks: [['c1 c2', null]] }],
    ['of which a part came back', { chunks: [[['c1', '1', '1'], ['s'], ['c1', '2', '1']]] }],
  ])('a commit %s: none is named', async (_, reads) => {
    expect((await loaded(reads)).commitId).toBe('read at several');
  });

  test('a part of a commit was there from the start: no commit has that name', async () => {
    expect((await loaded({ chunks: [[['c1', '2', '1'], ['s'], ['c1', '2', '1']]] })).commitId).toBe('-');
  });
});
