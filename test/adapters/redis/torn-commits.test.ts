import { spawnSync } from 'node:child_process';
import { readdirSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { RedisConnection } from '../../../src/adapters/redis/connection';
import { RedisStateArchive } from '../../../src/adapters/redis/state-archive';
import { RedisStateStore } from '../../../src/adapters/redis/state-store';
import { shardOf } from '../../../src/domain/math/hash';
import { mulberry32 } from '../../../src/domain/math/random';
import { type CommitRequest, SWEEP_SHARDS } from '../../../src/ports/state-store';
import { until } from '../../support/process';
import { testSeed } from '../../support/seeded';
import { type Service, startRedis } from '../../support/services';

const describeWithOwnRedis = spawnSync('redis-server', ['--version']).status === 0 ? describe : describe.skip;

const AOF = ['--appendonly', 'yes', '--appendfsync', 'always', '--save', '', '--auto-aof-rewrite-percentage', '0'];
/** A Redis that can't write its file anew, as some hosts have it. */
const NO_REWRITE = ['--rename-command', 'BGREWRITEAOF', ''];

/** Stands in ann's sweep shard. */
const CHO = Array.from({ length: 1_000 }, (_, i) => `cho${i}`).find(
  (id) => shardOf(id, SWEEP_SHARDS) === shardOf('ann', SWEEP_SHARDS),
)!;
const SHOP = {
  identity: { app: 'shop', cluster: 'k1', inputs: ['orders'], updates: 'u', deadLetters: 'd' },
  topicIds: ['t'],
};

/** A Redis with an append-only file, and a partition with the commits c1, c2 and c3 of the same customers. */
class Torn {
  readonly warnings: string[] = [];
  readonly connection: RedisConnection;
  readonly store: RedisStateStore;
  epoch = 0;
  /** Size of the file before and after c3. */
  from = 0;
  to = 0;

  static async open(args: readonly string[]): Promise<Torn> {
    return new Torn(await startRedis([...AOF, ...args]));
  }

  private constructor(readonly service: Service) {
    const events = { dependency: () => {}, warning: (message: string) => void this.warnings.push(message) };
    this.connection = new RedisConnection({ urls: [`redis://${service.address}`], commandTimeoutMs: 2_000 }, events);
    this.store = new RedisStateStore(this.connection);
  }

  async commitThree(): Promise<void> {
    this.epoch = (await this.store.claim(0)).epoch;
    await this.commit('c1', '', ['ann', 'bob']);
    await this.commit('c2', 'c1', ['ann', 'bob']);
    this.from = statSync(this.file()).size;
    await this.commit('c3', 'c2', ['ann', 'bob', CHO]);
    this.to = statSync(this.file()).size;
  }

  /** Retried as the scorer does: the first call after a restart may find the connection closed. */
  async commit(commitId: string, follows: string, customers: readonly string[]): Promise<string> {
    const at = Number(commitId.replace(/\D/g, ''));
    const request: CommitRequest = {
      epoch: this.epoch,
      format: 2,
      follows,
      commitId,
      folded: [10 * at],
      states: customers.map((customerId) => ({ customerId, state: Buffer.from(commitId), isNew: true })),
      records: [
        { kind: 'update', key: null, value: Buffer.alloc(200, commitId), timestampMs: 0, covers: [10 * at - 1] },
      ],
    };
    return this.answered(() => this.store.commit(0, request));
  }

  async answered<T>(call: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await call();
      } catch (error) {
        if ((error as { readonly code?: string }).code !== 'redis-outcome-unknown') throw error;
      }
    }
  }

  /** Kills Redis, takes the last bytes of its file, and starts it. */
  async cut(bytes: number): Promise<void> {
    await this.service.kill();
    truncateSync(this.file(), statSync(this.file()).size - bytes);
    await this.service.restart();
  }

  async states(): Promise<(string | null)[]> {
    const { states } = await this.answered(() => this.store.load(0, ['ann', 'bob', CHO]));
    return states.map((state) => state && Buffer.from(state).toString());
  }

  /** `state rebuild --partition`. */
  async beginAnew(): Promise<void> {
    await this.answered(() => new RedisStateArchive(this.connection).begin(0));
    expect(await this.states()).toEqual([null, null, null]);
    expect(await this.store.claim(0)).toMatchObject({ meta: null, outbox: [] });
  }

  async close(): Promise<void> {
    await this.store.close();
    await this.service.stop();
  }

  private file(): string {
    const dir = join(this.service.dir, 'appendonlydir');
    const files = readdirSync(dir).filter((name) => name.endsWith('.incr.aof'));
    const newest = files.sort((a, b) => Number(/\.(\d+)\.incr/.exec(a)![1]) - Number(/\.(\d+)\.incr/.exec(b)![1]));
    return join(dir, newest.at(-1)!);
  }
}

const opened: Torn[] = [];
const open = async (args: readonly string[] = []): Promise<Torn> => {
  const torn = await Torn.open(args);
  opened.push(torn);
  await torn.commitThree();
  return torn;
};
afterEach(async () => {
  for (const torn of opened.splice(0)) await torn.close();
});

describeWithOwnRedis('a commit that the append-only file holds in part', () => {
  const seed = testSeed();

  test(`wherever it ends, the second start shows whole commits, or the claim says that they are not (CLV_TEST_SEED=${seed})`, async () => {
    const random = mulberry32(seed);
    const torn = await open(NO_REWRITE);
    const refused: boolean[] = [];
    const drawn = Array.from({ length: 6 }, () => 1 + Math.floor(random() * (torn.to - torn.from)));
    // The first two end inside EXEC: every write of the commit is there.
    for (const [round, cut] of [1, 13, 1, ...drawn].entries()) {
      if (round > 0) await torn.commitThree();
      await torn.cut(cut);
      expect([cut, await torn.states()]).toEqual([cut, ['c2', 'c2', null]]);
      // Of the same records, in another division; or nothing but a claim comes in between.
      const isIdle = round === 2;
      if (isIdle) await torn.store.claim(0, SHOP);
      else expect(await torn.commit('d3', 'c2', ['ann'])).toBe('committed');
      await torn.service.restart();
      const claim = await torn
        .answered(() => torn.store.claim(0))
        .catch((error: { readonly code?: string }) => error.code);
      refused.push(claim === 'redis-torn');
      if (claim !== 'redis-torn') {
        expect([cut, await torn.states()]).toEqual([cut, isIdle ? ['c3', 'c3', 'c3'] : ['d3', 'c2', null]]);
        const commitIds = ['c1', 'c2', isIdle ? 'c3' : 'd3'];
        expect(claim).toMatchObject({
          meta: { commitIds, folded: [30] },
          outbox: commitIds.map((commitId) => ({ commitId })),
        });
      }
      await torn.beginAnew();
    }
    expect(refused.slice(0, 3)).toEqual([true, true, false]);
  });

  test('is mended by a rebuild, also by one after a rebuild or before the part came back', async () => {
    const torn = await open(NO_REWRITE);
    // Just before the outbox and what follows it: the states of the commit are there, and one of them is new.
    await torn.cut(350);
    await torn.beginAnew();
    await torn.service.restart();
    await expect(torn.answered(() => torn.store.claim(0))).rejects.toMatchObject({ code: 'redis-torn' });
    await torn.beginAnew();
  });

  test('a trim that comes back in part is reported, and no further trim follows', async () => {
    const torn = await open(NO_REWRITE);
    await torn.store.trim(0, 'c1', [10]);
    await torn.cut(5);
    await torn.commit('c4', 'c3', ['ann']);
    await torn.store.trim(0, 'c2', [20]);
    await torn.service.restart();
    await expect(torn.answered(() => torn.store.claim(0))).rejects.toMatchObject({ code: 'redis-torn' });
    const client = new Redis(torn.service.port, '127.0.0.1');
    const left = await client.llen('clv:{0}:outbox');
    await torn.store.trim(0, 'c3', [30]);
    expect(await client.llen('clv:{0}:outbox')).toBe(left);
    await client.quit();
  });

  test('its owner commits nothing on top of it, and an idle one learns of it', async () => {
    const torn = await open(NO_REWRITE);
    await until('the missing command is warned of', () => torn.warnings.length > 0);
    await torn.cut(10);
    expect(await torn.commit('d3', 'c2', ['ann'])).toBe('committed');
    await torn.service.restart();
    expect(await torn.answered(() => torn.store.newestCommitId(0))).not.toBe('d3');
    expect(await torn.commit('d4', 'd3', ['ann'])).toBe('fenced');
    const archive = new RedisStateArchive(torn.connection);
    await expect(archive.head(0)).rejects.toMatchObject({ code: 'redis-torn' });
    await expect(torn.store.claim(0)).rejects.toMatchObject({
      code: 'redis-torn',
      message: expect.stringContaining('partition 0 in Redis holds a part of a commit'),
    });
    // Once, although each connection meets it.
    expect(torn.warnings).toEqual([expect.stringContaining('Redis refuses to rewrite its append-only file')]);
  });

  test('is gone for good once Redis has rewritten the file, which the first commit after a start requests once', async () => {
    const torn = await open();
    const client = new Redis(torn.service.port, '127.0.0.1', { retryStrategy: () => 50 });
    client.on('error', () => {});
    const of = async (field: string) => new RegExp(`^${field}:(\\S+)`, 'm').exec(await client.info('persistence'))?.[1];
    const written = () => until('it is written anew', async () => (await of('aof_last_rewrite_time_sec')) !== '-1');
    await written();
    await torn.commit('c4', 'c3', ['ann', 'bob']);
    await torn.cut(10);
    expect(await torn.states()).toEqual(['c3', 'c3', 'c3']);
    expect(await torn.commit('d4', 'c3', ['ann'])).toBe('committed');
    await written();
    await torn.commit('d5', 'd4', ['ann']);
    expect(await of('aof_rewrites')).toBe('1');
    await torn.service.restart();
    expect(await torn.answered(() => torn.store.claim(0))).toMatchObject({
      meta: { commitIds: ['c1', 'c2', 'c3', 'd4', 'd5'] },
    });
    expect(await torn.states()).toEqual(['d5', 'c3', 'c3']);
    expect(torn.warnings).toEqual([]);
    client.disconnect();
  });
});
