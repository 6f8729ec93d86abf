import { spawnSync } from 'node:child_process';
import { Redis } from 'ioredis';
import { RedisConnection, type RedisEvents } from '../../../src/adapters/redis/connection';
import { RedisKeys } from '../../../src/adapters/redis/keys';
import { RedisLeaseTable } from '../../../src/adapters/redis/lease-table';
import { RedisStateArchive } from '../../../src/adapters/redis/state-archive';
import { RedisStateFormats } from '../../../src/adapters/redis/state-formats';
import { RedisStateReader } from '../../../src/adapters/redis/state-reader';
import { RedisStateStore } from '../../../src/adapters/redis/state-store';
import type { CommitRequest } from '../../../src/ports/state-store';
import { leaseTableContract } from '../../contracts/lease-table-contract';
import { stateStoreContract } from '../../contracts/state-store-contract';
import { until } from '../../support/process';
import { type Service, startRedis } from '../../support/services';

const NO_PERSISTENCE = ['--appendonly', 'no', '--save', ''];
/** For tests that start, stop and starve a Redis of their own. */
const describeWithOwnRedis = spawnSync('redis-server', ['--version']).status === 0 ? describe : describe.skip;
const silent: RedisEvents = { dependency: () => {}, warning: () => {} };
const open = new Set<{ close(): Promise<void> }>();
const servers = new Set<Service>();

async function server(...args: string[]): Promise<{ service: Service; url: string }> {
  const service = await startRedis([...NO_PERSISTENCE, ...args]);
  servers.add(service);
  return { service, url: `redis://${service.address}` };
}

function storeAt(url: string, events: RedisEvents = silent, settings = {}): RedisStateStore {
  const connection = new RedisConnection({ urls: [url], commandTimeoutMs: 2_000, ...settings }, events);
  const store = new RedisStateStore(connection);
  open.add(store);
  return store;
}

afterEach(async () => {
  for (const store of open) await store.close();
  for (const service of servers) await service.stop();
  open.clear();
  servers.clear();
});

function commit(part: Partial<CommitRequest>): CommitRequest {
  return { epoch: 1, follows: '', commitId: 'c1', states: [], folded: [1], records: [], ...part };
}
const states = (count: number) =>
  Array.from({ length: count }, (_, i) => ({ customerId: `c${i}`, state: Buffer.from(`s${i}`), isNew: true }));

describeWithOwnRedis('redis of its own', () => {
  test('a script cache that was flushed costs nothing but a longer call', async () => {
    const { url } = await server();
    const store = storeAt(url);
    const { epoch } = await store.claim(0);
    await store.commit(0, commit({ epoch }));
    const client = new Redis(url);
    await client.script('FLUSH');
    await client.quit();
    expect(await store.commit(0, commit({ epoch, follows: 'c1', commitId: 'c2' }))).toBe('committed');
  });

  test('Redis away: an unknown outcome, reported once; back: reported, and the same request is answered', async () => {
    const reported: [boolean, string][] = [];
    const events = { dependency: (up: boolean, reason: string) => void reported.push([up, reason]), warning: () => {} };
    const { url, service } = await server();
    const store = storeAt(url, events);
    const { epoch } = await store.claim(0);
    await service.kill();
    await expect(store.commit(0, commit({ epoch }))).rejects.toMatchObject({ code: 'redis-outcome-unknown' });
    await service.restart();
    await until('the connection is back', () => reported.length === 3);
    expect(reported.map(([up]) => up)).toEqual([true, false, true]);
    // Without persistence the epoch is gone with everything else, so the old owner is fenced.
    expect(await store.commit(0, commit({ epoch }))).toBe('fenced');
  });

  test('Redis that does not answer in time: an unknown outcome; the commit was or was not made, and a resend settles it', async () => {
    const { url, service } = await server();
    const store = storeAt(url);
    const { epoch } = await store.claim(0);
    process.kill(service.pid, 'SIGSTOP');
    const request = commit({ epoch, states: states(3) });
    await expect(store.commit(0, request)).rejects.toMatchObject({ code: 'redis-outcome-unknown' });
    process.kill(service.pid, 'SIGCONT');
    expect(await store.commit(0, request)).toBe('committed');
    expect((await store.claim(0)).meta?.commits).toBe(1);
  });

  test('a walk over all states waits out a Redis that does not answer; one read answers soon', async () => {
    const { url, service } = await server();
    const store = storeAt(url);
    const { epoch } = await store.claim(0);
    await store.commit(0, commit({ epoch, states: states(3) }));
    const reader = new RedisStateReader(new RedisConnection({ urls: [url], commandTimeoutMs: 200 }, silent));
    open.add(reader);
    expect(await reader.folded(0)).toEqual([1]);
    process.kill(service.pid, 'SIGSTOP');
    const ids: string[] = [];
    const walk = (async () => {
      for await (const { customerId } of reader.scan(0)) ids.push(customerId);
    })();
    await expect(reader.read(0, 'c0')).rejects.toMatchObject({ code: 'redis-outcome-unknown' });
    process.kill(service.pid, 'SIGCONT');
    await walk;
    expect(ids.sort()).toEqual(['c0', 'c1', 'c2']);
  });

  test('the end of an import that was sent again is answered as the first', async () => {
    const { url } = await server();
    const archive = new RedisStateArchive(new RedisConnection({ urls: [url] }, silent));
    open.add(archive);
    const { epoch } = await archive.begin(0);
    const meta = { commitIds: ['c1'], commits: 1, folded: [1], published: [1] };
    expect(await archive.finish(0, epoch, meta)).toBe(true);
    expect(await archive.finish(0, epoch, meta)).toBe(true);
    expect(await archive.finish(0, epoch, { ...meta, commitIds: ['c2'] })).toBe(false);
    await archive.begin(0);
    expect(await archive.finish(0, epoch, meta)).toBe(false);
  });

  test('a walk over the states of a Redis that is not there fails at once', async () => {
    const { url, service } = await server();
    await service.kill();
    const connection = new RedisConnection({ urls: [url], commandTimeoutMs: 200 }, silent);
    const failed = jest.fn();
    const run = jest.spyOn(connection, 'run');
    await connection.runPatiently('F', (client) => client.get('x')).catch(failed);
    await connection.close();
    expect(failed).toHaveBeenCalledTimes(1);
    expect(run).toHaveBeenCalledTimes(1);
  });

  test('a wrong password is an error without the password', async () => {
    const { url } = await server('--requirepass', 'right');
    const reasons: string[] = [];
    const events = { dependency: (_: boolean, reason: string) => void reasons.push(reason), warning: () => {} };
    const fault: unknown = await storeAt(url, events, { password: 'hunter2' })
      .claim(0)
      .catch((error: unknown) => error);
    expect(fault).toMatchObject({ name: 'RedisError' });
    expect(JSON.stringify([String(fault), reasons])).not.toContain('hunter2');
    const store = storeAt(url, silent, { password: 'right' });
    expect((await store.claim(0)).epoch).toBe(1);
  });

  test('full memory under noeviction refuses the commit as a whole', async () => {
    const { url } = await server('--maxmemory', '3mb', '--maxmemory-policy', 'noeviction');
    const store = storeAt(url);
    const { epoch } = await store.claim(0);
    const big = Array.from({ length: 100 }, (_, i) => ({
      customerId: `c${i}`,
      state: Buffer.alloc(20_000, 1),
      isNew: true,
    }));
    let follows = '';
    let refused: unknown;
    for (let i = 0; i < 20 && refused === undefined; i++) {
      const request = commit({ epoch, follows, commitId: `c${i}`, states: big, folded: [i + 1], records: [] });
      try {
        await store.commit(0, request);
        follows = request.commitId;
      } catch (error) {
        refused = error;
      }
      // Other customers next time, so that memory fills.
      for (const state of big) state.customerId += 'x';
    }
    expect(refused).toMatchObject({ code: 'redis-refused' });
    expect(await store.newestCommitId(0)).toBe(follows);
    // What frees memory goes through however full it is: a trim, and the start of a rebuild.
    const client = new Redis(url);
    await client.config('SET', 'maxmemory', '1kb');
    await client.quit();
    await store.trim(0, follows, [1]);
    const archive = new RedisStateArchive(new RedisConnection({ urls: [url] }, silent));
    open.add(archive);
    expect((await archive.begin(0)).epoch).toBe(epoch + 1);
    expect((await store.load(0, ['c0'])).states).toEqual([null]);
  });
});

describeWithOwnRedis('redis cluster of one node', () => {
  let service: Service;
  let made = 0;
  beforeAll(async () => {
    service = await startRedis([...NO_PERSISTENCE, '--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1']);
    const client = new Redis(service.port, '127.0.0.1');
    await client.call('cluster', 'addslotsrange', '0', '16383');
    await until('the cluster is up', async () => (await client.cluster('INFO')).includes('cluster_state:ok'));
    await client.quit();
  });
  afterAll(() => service.stop());

  stateStoreContract('redis cluster', async () => {
    const keyPrefix = `test-${made++}`;
    const settings = { urls: [`redis://${service.address}`], mode: 'cluster' as const, keyPrefix };
    const store = new RedisStateStore(new RedisConnection(settings, silent));
    const other = new RedisStateStore(new RedisConnection(settings, silent));
    const reader = new RedisStateReader(new RedisConnection(settings, silent));
    const formats = new RedisStateFormats(new RedisConnection(settings, silent));
    const adoption = new RedisStateArchive(new RedisConnection(settings, silent));
    return {
      store,
      other,
      reader,
      formats,
      adoption,
      async forgetLevels(partition) {
        const client = new Redis(service.port, '127.0.0.1');
        await client.hdel(`${keyPrefix}:{${partition}}:meta`, 'format', 'reads');
        await client.quit();
      },
      answers: 'committed',
      async deleteState(partition, customerId) {
        const client = new Redis(service.port, '127.0.0.1');
        await client.del(new RedisKeys(keyPrefix).state(partition, customerId));
        await client.quit();
      },
      async close() {
        await Promise.all([store, other, reader, formats, adoption].map((each) => each.close()));
      },
    };
  });

  leaseTableContract('redis cluster', () => {
    const settings = { urls: [`redis://${service.address}`], mode: 'cluster' as const, keyPrefix: `test-${made++}` };
    const table = new RedisLeaseTable(new RedisConnection(settings, silent), async () => 'shop');
    return { table, close: () => table.close() };
  });
});
