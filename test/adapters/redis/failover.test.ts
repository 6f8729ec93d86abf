import { writeFileSync } from 'node:fs';
import { connect as connectTo, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { RedisConnection, type RedisEvents } from '../../../src/adapters/redis/connection';
import type { RedisSettings } from '../../../src/adapters/redis/settings';
import { RedisStateStore } from '../../../src/adapters/redis/state-store';
import type { CommitRequest } from '../../../src/ports/state-store';
import { accepts, type Daemon, freePort, startDaemon, until } from '../../support/process';
import { describeWithRedis, type Service, startRedis } from '../../support/services';

const NO_PERSISTENCE = ['--appendonly', 'no', '--save', ''];
const silent: RedisEvents = { dependency: () => undefined, warning: () => undefined };
const closing: (() => Promise<unknown>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function redis(...args: string[]): Promise<Service> {
  const service = await startRedis([...NO_PERSISTENCE, ...args]);
  closing.push(() => service.stop());
  return service;
}

function storeOf(settings: RedisSettings, events = silent): RedisStateStore {
  const store = new RedisStateStore(new RedisConnection({ commandTimeoutMs: 1_000, ...settings }, events));
  closing.push(() => store.close());
  return store;
}

async function withClient<T>(service: Service, body: (client: Redis) => Promise<T>): Promise<T> {
  const client = new Redis(service.port, '127.0.0.1');
  try {
    return await body(client);
  } finally {
    client.disconnect();
  }
}

const commit = (part: Partial<CommitRequest>): CommitRequest => {
  const states = [{ customerId: 'ann', state: Buffer.from('state'), isNew: true }];
  return { epoch: 1, follows: '', commitId: 'c1', states, folded: [1], records: [], ...part };
};

async function isCopied(replica: Service): Promise<boolean> {
  return withClient(replica, async (client) => (await client.info('replication')).includes('master_link_status:up'));
}

/** Goes on after its master is killed, and still knows what was committed. */
async function goesOn(store: RedisStateStore, master: Service, kill: () => Promise<void>): Promise<void> {
  const { epoch } = await store.claim(0);
  expect(await store.commit(0, commit({ epoch }))).toBe('committed');
  // Copies are made after the answer; without one the replica would rightly refuse what follows.
  await until('the replica has the commit', () =>
    withClient(master, async (client) => (await client.wait(1, 1_000)) === 1),
  );
  await kill();
  await until('the other has taken over', async () => {
    const answer = await store.commit(0, commit({ epoch, follows: 'c1', commitId: 'c2' })).catch(() => null);
    return answer === 'committed';
  });
  expect((await store.load(0, ['ann'])).commitId).toBe('c2');
}

/**
 * A proxy in front of a Sentinel. While `held`, it keeps the Sentinel's answers on who the master is until a failover message has passed.
 */
class SlowSentinel {
  held = false;
  heldAnswers = 0;
  private announced = false;
  private readonly server: Server;

  constructor(sentinelPort: number) {
    this.server = createServer((client) => {
      const sentinel = connectTo(sentinelPort, '127.0.0.1');
      let asksForMaster = false;
      client.on('data', (chunk) => {
        asksForMaster ||= chunk.includes('get-master-addr-by-name');
        sentinel.write(chunk);
      });
      sentinel.on('data', async (chunk) => {
        // The answer to SUBSCRIBE names the channel, too.
        if (this.held && chunk.includes('+switch-master')) setTimeout(() => (this.announced = true), 100);
        if (asksForMaster && this.held && !this.announced) {
          this.heldAnswers++;
          await until('the failover is announced', () => this.announced);
        }
        client.write(chunk);
      });
      for (const [one, other] of [
        [client, sentinel],
        [sentinel, client],
      ] as const) {
        one.on('error', () => undefined);
        one.on('close', () => other.destroy());
      }
    });
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    return (this.server.address() as { port: number }).port;
  }

  close(): void {
    this.server.close();
  }
}

describeWithRedis('Redis behind Sentinels', () => {
  async function watched(): Promise<{ master: Service; url: string; port: number }> {
    const master = await redis();
    const replica = await redis('--replicaof', '127.0.0.1', String(master.port));
    await until('the replica is in step', () => isCopied(replica));
    const port = await freePort();
    const file = join(master.dir, 'sentinel.conf');
    const watch = [
      `monitor shop 127.0.0.1 ${master.port} 1`,
      'down-after-milliseconds shop 500',
      'failover-timeout shop 3000',
    ];
    const lines = [
      `port ${port}`,
      'bind 127.0.0.1',
      `dir ${master.dir}`,
      'requirepass s3cret',
      ...watch.map((line) => `sentinel ${line}`),
    ];
    writeFileSync(file, `${lines.join('\n')}\n`);
    const sentinel: Daemon = startDaemon('redis-server', [file, '--sentinel'], join(master.dir, 'sentinel.log'));
    closing.push(() => sentinel.end('SIGKILL'));
    await until('the sentinel answers', () => accepts(port));
    const client = new Redis(port, '127.0.0.1', { password: 's3cret' });
    closing.push(async () => client.disconnect());
    await until('it knows the replica', async () => {
      const replicas = (await client.call('SENTINEL', 'replicas', 'shop')) as unknown[];
      return replicas.length === 1;
    });
    return { master, url: `redis://:s3cret@127.0.0.1:${port}`, port };
  }

  test('follows a fail-over, with a login of the Sentinels that is not that of Redis', async () => {
    const { master, url } = await watched();
    const settings = { urls: [url], mode: 'sentinel', sentinel: { master: 'shop' } } as const;
    await goesOn(storeOf(settings), master, () => master.kill());
  });

  test('follows a fail-over that is announced while the client asks who the master is', async () => {
    const { master, port } = await watched();
    const proxy = new SlowSentinel(port);
    closing.push(async () => proxy.close());
    const url = `redis://:s3cret@127.0.0.1:${await proxy.listen()}`;
    const settings = { urls: [url], mode: 'sentinel', sentinel: { master: 'shop' }, commandTimeoutMs: 20_000 } as const;
    await goesOn(storeOf(settings), master, async () => {
      proxy.held = true;
      await master.kill();
    });
    expect(proxy.heldAnswers).toBeGreaterThan(0);
  });

  test('without the setting the fault names it', async () => {
    const { url } = await watched();
    await expect(storeOf({ urls: [url] }).claim(0)).rejects.toMatchObject({
      code: 'redis-refused',
      message: expect.stringContaining('set REDIS_MODE=sentinel and REDIS_SENTINEL_MASTER'),
    });
  });
});

describeWithRedis('a Redis Cluster behind one address', () => {
  async function cluster(): Promise<{ master: Service; replica: Service }> {
    const node = () =>
      redis('--cluster-enabled', 'yes', '--cluster-announce-ip', '127.0.0.1', '--cluster-node-timeout', '1000');
    const [master, replica] = [await node(), await node()];
    const masterId = await withClient(master, async (client) => {
      await client.call('cluster', 'addslotsrange', '0', '16383');
      return String(await client.call('cluster', 'myid'));
    });
    await withClient(replica, async (client) => {
      await client.call('cluster', 'meet', '127.0.0.1', String(master.port));
      await until('the nodes have met', async () => String(await client.call('cluster', 'nodes')).includes(masterId));
      await client.call('cluster', 'replicate', masterId);
    });
    await until('the replica is in step', () => isCopied(replica));
    await until('the cluster is up', () =>
      withClient(replica, async (client) => (await client.cluster('INFO')).includes('cluster_state:ok')),
    );
    return { master, replica };
  }

  test('follows a fail-over', async () => {
    const { master, replica } = await cluster();
    const store = storeOf({ urls: [`redis://${replica.address}`], mode: 'cluster' });
    await goesOn(store, master, async () => {
      await master.kill();
      await withClient(replica, (client) => client.call('cluster', 'failover', 'takeover'));
    });
  });

  test('without the setting the fault names it', async () => {
    const { replica } = await cluster();
    await expect(storeOf({ urls: [`redis://${replica.address}`] }).claim(0)).rejects.toMatchObject({
      code: 'redis-refused',
      message: expect.stringContaining('set REDIS_MODE=cluster'),
    });
  });
});
