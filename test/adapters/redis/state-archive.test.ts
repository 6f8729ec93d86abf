import { Redis } from 'ioredis';
import { RedisConnection } from '../../../src/adapters/redis/connection';
import { dropOrphans } from '../../../src/adapters/redis/orphans';
import { RedisStateArchive } from '../../../src/adapters/redis/state-archive';
import { RedisStateReader } from '../../../src/adapters/redis/state-reader';
import { RedisStateStore } from '../../../src/adapters/redis/state-store';
import { shardOf } from '../../../src/domain/math/hash';
import { type PartitionMeta, SWEEP_SHARDS } from '../../../src/ports/state-store';
import { NEWEST_FORMAT } from '../../../src/serde/format-level';
import { describeWithRedis, redisUrl } from '../../support/services';

const silent = { dependency: () => {}, warning: () => {} };
const PARTITION = 2;
const states = (ids: readonly string[]) => ids.map((id) => ({ customerId: id, state: Buffer.from(`state of ${id}`) }));
const IDS = ['ann', 'bob', 'cem', 'dua', 'eva'];

/** Ids that share one sweep shard. */
function idsOfOneShard(count: number): string[] {
  const ids: string[] = [];
  for (let i = 0; ids.length < count; i++) if (shardOf(`n${i}`, SWEEP_SHARDS) === 7) ids.push(`n${i}`);
  return ids;
}

describeWithRedis('redis state archive', () => {
  const url = redisUrl() ?? '';
  let made = 0;
  let connection: RedisConnection;
  let archive: RedisStateArchive;
  let store: RedisStateStore;
  let reader: RedisStateReader;
  let client: Redis;
  let keyPrefix: string;

  beforeEach(() => {
    keyPrefix = `test-archive-${process.pid}-${Date.now()}-${made++}`;
    const connect = () => new RedisConnection({ urls: [url], keyPrefix }, silent);
    connection = connect();
    archive = new RedisStateArchive(connection);
    store = new RedisStateStore(connect());
    reader = new RedisStateReader(connect());
    client = new Redis(url);
  });
  afterEach(async () => {
    const keys = await client.keys(`${keyPrefix}:*`);
    if (keys.length > 0) await client.del(keys);
    await Promise.all([archive.close(), store.close(), reader.close(), client.quit()]);
  });

  /** Everything of the partition, as another service sees it. */
  async function held(partition = PARTITION): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for await (const { customerId, state } of reader.scan(partition)) {
      expect(found[customerId]).toBeUndefined();
      found[customerId] = Buffer.from(state).toString();
    }
    return found;
  }

  const texts = (ids: readonly string[]) => Object.fromEntries(ids.map((id) => [id, `state of ${id}`]));

  async function committed(ids = IDS): Promise<number> {
    const { epoch } = await store.claim(PARTITION);
    const request = { epoch, follows: '', commitId: 'c1', folded: [12, 3], records: [] };
    const fresh = states(ids).map((state) => ({ ...state, isNew: true }));
    await store.commit(PARTITION, { ...request, states: fresh });
    return epoch;
  }

  const META: PartitionMeta = { commitIds: ['a1', 'a2'], commits: 41, folded: [17, 5], published: [16, 4] };

  test('a partition that was never committed has no head', async () => {
    expect(await archive.head(PARTITION)).toBeNull();
    await store.claim(PARTITION);
    expect(await archive.head(PARTITION)).toBeNull();
  });

  test('the head is the meta, drained once nothing waits in the outbox', async () => {
    await committed();
    const meta = { commitIds: ['c1'], commits: 1, folded: [12, 3], published: [0, 0] };
    expect(await archive.head(PARTITION)).toMatchObject({ meta, drained: false });
    await store.trim(PARTITION, 'c1', [12, 3]);
    expect(await archive.head(PARTITION)).toMatchObject({ meta: { ...meta, published: [12, 3] }, drained: true });
  });

  test('begin fences the owner by one epoch and leaves nothing of the partition, nor touches another', async () => {
    const epoch = await committed();
    const other = await store.claim(PARTITION + 1);
    const request = { follows: '', commitId: 'o1', folded: [1, 1], records: [] };
    const one = { customerId: 'ann', state: Buffer.from('elsewhere'), isNew: true };
    await store.commit(PARTITION + 1, { ...request, epoch: other.epoch, states: [one] });
    expect((await archive.begin(PARTITION)).epoch).toBe(epoch + 1);
    expect(await held()).toEqual({});
    expect(await archive.head(PARTITION)).toBeNull();
    expect(await client.keys(`${keyPrefix}:{${PARTITION}}:*`)).toEqual([`${keyPrefix}:{${PARTITION}}:meta`]);
    const format = String(NEWEST_FORMAT);
    const left = { epoch: `${epoch + 1}`, format, reads: `${epoch + 1}:${format}`, begun: '2', whole: '2' };
    expect(await client.hgetall(`${keyPrefix}:{${PARTITION}}:meta`)).toEqual(left);
    expect(await held(PARTITION + 1)).toEqual({ ann: 'elsewhere' });
    const late = { epoch, follows: 'c1', commitId: 'c2', states: [], folded: [13, 3], records: [] };
    expect(await store.commit(PARTITION, late)).toBe('fenced');
  });

  test('begin keeps the format level; a partition that nobody claimed starts at the newest', async () => {
    expect(await archive.begin(PARTITION)).toEqual({ epoch: 1, format: 3 });
    await client.hdel(`${keyPrefix}:{${PARTITION}}:meta`, 'format');
    expect(await archive.begin(PARTITION)).toEqual({ epoch: 2, format: 1 });
  });

  test('what was put is found again, by customer and by sweep shard, and finish gives it its meta', async () => {
    await committed(['old']);
    const { epoch } = await archive.begin(PARTITION);
    const many = [...IDS, ...idsOfOneShard(3)];
    expect(await archive.put(PARTITION, epoch, states(many.slice(0, 4)))).toBe(true);
    expect(await archive.put(PARTITION, epoch, states(many.slice(4)))).toBe(true);
    expect(await archive.finish(PARTITION, epoch, META)).toBe(true);
    expect(await held()).toEqual(texts(many));
    for (let shard = 0; shard < SWEEP_SHARDS; shard++) {
      const members = await store.customersOfShard(PARTITION, shard);
      expect(members.sort()).toEqual(many.filter((id) => shardOf(id, SWEEP_SHARDS) === shard).sort());
    }
    const claim = await store.claim(PARTITION);
    expect(claim).toMatchObject({ epoch: epoch + 1, meta: META, outbox: [] });
    expect((await store.load(PARTITION, many)).states.map(String)).toEqual(Object.values(texts(many)));
  });

  test('whoever lost the partition puts and finishes nothing', async () => {
    const { epoch } = await archive.begin(PARTITION);
    await store.claim(PARTITION);
    expect(await archive.put(PARTITION, epoch, states(IDS))).toBe(false);
    expect(await archive.finish(PARTITION, epoch, META)).toBe(false);
    expect(await held()).toEqual({});
    expect(await archive.head(PARTITION)).toBeNull();
  });

  test('nothing is put into a partition that has commits, nor is it finished twice', async () => {
    const { epoch } = await archive.begin(PARTITION);
    await archive.put(PARTITION, epoch, states(['ann']));
    await archive.finish(PARTITION, epoch, META);
    expect(await archive.put(PARTITION, epoch, states(['bob']))).toBe(false);
    expect(await archive.finish(PARTITION, epoch, { ...META, commits: 99 })).toBe(false);
    expect(await held()).toEqual(texts(['ann']));
    expect(await archive.head(PARTITION)).toMatchObject({ meta: META });
  });

  test('orphans go in chunks, only for the last claimant, and never from under a commit', async () => {
    const everyShard = Array.from({ length: 600 }, (_, i) => `m${i}`);
    const ids = [...idsOfOneShard(1_100), ...everyShard];
    expect(new Set(everyShard.map((id) => shardOf(id, SWEEP_SHARDS))).size).toBe(64);
    const epoch = await committed(ids);
    expect(await dropOrphans(connection, PARTITION, epoch)).toBe(false);
    expect(Object.keys(await held())).toHaveLength(ids.length);
    await client.hdel(`${keyPrefix}:{${PARTITION}}:meta`, 'cids');
    expect(await dropOrphans(connection, PARTITION, epoch - 1)).toBe(false);
    expect(Object.keys(await held())).toHaveLength(ids.length);
    expect(await dropOrphans(connection, PARTITION, epoch)).toBe(true);
    expect(await held()).toEqual({});
    expect(await client.keys(`${keyPrefix}:{${PARTITION}}:[cs]:*`)).toEqual([]);
  });
});
