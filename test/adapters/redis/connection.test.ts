import { Cluster, type Redis } from 'ioredis';
import { RedisConnection } from '../../../src/adapters/redis/connection';
import type { RedisSettings } from '../../../src/adapters/redis/settings';

const silent = { dependency: () => {}, warning: () => {} };
/** Nothing listens there: no connection is opened before the first command is sent. */
const URL = 'redis://127.0.0.1:1';

function connect(settings: Partial<RedisSettings> = {}): RedisConnection {
  return new RedisConnection({ urls: [URL], ...settings }, silent);
}

const clientOf = (connection: RedisConnection) => connection.run('the client', async (client) => client);

describe('one connection to Redis', () => {
  test('opens with the first command, retries a little, and comes back slower and slower up to 2 s', async () => {
    const client = (await clientOf(connect())) as Redis;
    expect(client).not.toBeInstanceOf(Cluster);
    expect(client.status).toBe('wait');
    expect(client.options).toMatchObject({ host: '127.0.0.1', port: 1, db: 0, maxRetriesPerRequest: 2 });
    const delays = [1, 2, 39, 40, 41, 1_000].map((attempt) => client.options.retryStrategy!(attempt));
    expect(delays).toEqual([50, 100, 1_950, 2_000, 2_000, 2_000]);
  });

  test('connects again and sends again if a replica answers, and for no other error', async () => {
    const { reconnectOnError } = ((await clientOf(connect())) as Redis).options;
    expect(reconnectOnError!(new Error('READONLY You cannot write against a read only replica.'))).toBe(2);
    expect(reconnectOnError!(new Error('OOM command not allowed; was READONLY'))).toBe(false);
  });

  test.each([
    [{}, false],
    [{ mode: 'cluster' as const }, true],
    [{ urls: [URL, URL] }, true],
    [{ urls: [URL, URL], mode: 'single' as const }, false],
  ])('%j: a cluster: %s', async (settings, cluster) => {
    const client = await clientOf(connect(settings));
    expect(client instanceof Cluster).toBe(cluster);
    expect(client.status).toBe('wait');
  });

  test('in mode sentinel asks every Sentinel for the master, each side with its own login', async () => {
    const urls = ['rediss://watcher:s3cret@127.0.0.1:1/4', 'rediss://watcher:s3cret@127.0.0.1:2'];
    const login = { username: 'app', password: 'secret', ca: 'PEM' };
    const settings = { urls, mode: 'sentinel', sentinel: { master: 'shop' }, ...login, commandTimeoutMs: 70 } as const;
    const client = (await clientOf(connect(settings))) as Redis;
    const sides = { tls: { ca: 'PEM' }, sentinelTLS: { ca: 'PEM' }, enableTLSForSentinelMode: true };
    expect(client.status).toBe('wait');
    expect(client.options).toMatchObject({
      sentinels: [1, 2].map((port) => ({ host: '127.0.0.1', port })),
      name: 'shop',
      role: 'master',
      db: 4,
      failoverDetector: true,
      username: 'app',
      password: 'secret',
      sentinelUsername: 'watcher',
      sentinelPassword: 's3cret',
      commandTimeout: 70,
      sentinelCommandTimeout: 70,
      maxRetriesPerRequest: 2,
      ...sides,
    });
    expect([3, 100].map((attempt) => client.options.sentinelRetryStrategy!(attempt))).toEqual([150, 2_000]);
    expect([3, 100].map((attempt) => client.options.retryStrategy!(attempt))).toEqual([150, 2_000]);
    const plain = ((await clientOf(connect({ mode: 'sentinel', sentinel: { master: 'shop' } }))) as Redis).options;
    expect(plain).toMatchObject({ username: null, password: null, enableTLSForSentinelMode: false });
    expect([plain.sentinelUsername, plain.sentinelPassword, plain.tls]).toEqual([undefined, undefined, undefined]);
  });

  test('in mode cluster starts at every URL, and each node gets login, database excepted, and time limit', async () => {
    const urls = ['redis://app:secret@127.0.0.1:1', 'redis://127.0.0.1:2'];
    const client = (await clientOf(connect({ urls, commandTimeoutMs: 70 }))) as Cluster;
    const { redisOptions, clusterRetryStrategy } = client.options;
    expect(redisOptions).toMatchObject({ username: 'app', password: 'secret', commandTimeout: 70 });
    expect(redisOptions).toMatchObject({ maxRetriesPerRequest: 2 });
    expect([3, 100].map((attempt) => clusterRetryStrategy!(attempt))).toEqual([150, 2_000]);
  });

  test('a call without an answer ends after four times what a command may take', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      for (const [settings, deadlineMs] of [
        [{}, 8_000],
        [{ commandTimeoutMs: 100 }, 400],
      ] as const) {
        let outcome = 'waiting';
        const call = connect(settings).run('a read', () => new Promise<never>(() => undefined));
        call.catch((error: Error) => {
          outcome = error.message;
        });
        await jest.advanceTimersByTimeAsync(deadlineMs - 1);
        expect(outcome).toBe('waiting');
        await jest.advanceTimersByTimeAsync(1);
        expect(outcome).toBe(
          `a read: Redis at 127.0.0.1:1 (REDIS_URL) does not answer: nothing within ${deadlineMs} ms. Start it, or correct REDIS_URL`,
        );
      }
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  test('an answer leaves no timer behind, and an error no password', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      const connection = connect({ password: 'hunter2' });
      expect(await connection.run('a read', async () => 7)).toBe(7);
      const refused = connection.run('a read', () => Promise.reject(new Error('no hunter2 here')));
      await expect(refused).rejects.toMatchObject({
        message:
          'a read: Redis at 127.0.0.1:1 (REDIS_URL) does not answer: no *** here. Start it, or correct REDIS_URL',
      });
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  test('reports once that it is down, with the last error and without a password', async () => {
    const reported: [boolean, string][] = [];
    const events = { ...silent, dependency: (up: boolean, reason: string) => void reported.push([up, reason]) };
    const connection = new RedisConnection({ urls: [URL], password: 'hunter2' }, events);
    const client = (await clientOf(connection)) as Redis;
    client.emit('error', new Error('no hunter2 here'));
    client.emit('error', new Error(''));
    client.emit('close');
    client.emit('close');
    expect(reported).toEqual([[false, expect.stringContaining('does not answer: no *** here.')]]);
    const other = new RedisConnection({ urls: [URL] }, events);
    ((await clientOf(other)) as Redis).emit('close');
    expect(reported[1]).toEqual([false, expect.stringContaining('it closes the connection')]);
    await connection.close();
    client.emit('close');
    expect(reported).toHaveLength(2);
  });

  test('looks at the eviction policy when it is up and every 30 s: one warning each time that it has become a wrong one', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      const reported: unknown[] = [];
      const events = {
        dependency: (up: boolean, reason: string) => void reported.push([up, reason]),
        warning: (message: string) => void reported.push(/maxmemory-policy (\S+?):/.exec(message)?.[1]),
      };
      const connection = new RedisConnection({ urls: [URL] }, events);
      const client = (await clientOf(connection)) as Redis;
      let policy = 'allkeys-lru';
      let requests = 0;
      client.info = async () => {
        requests++;
        if (policy === 'none') throw new Error('INFO is not allowed');
        return `maxmemory_policy:${policy}`;
      };
      const elapse = async (ms: number, next = policy) => {
        await jest.advanceTimersByTimeAsync(ms);
        policy = next;
      };
      client.emit('ready');
      client.emit('ready');
      await elapse(0);
      expect(reported).toEqual([[true, 'connected'], 'allkeys-lru']);
      await elapse(30_000, 'noeviction');
      await elapse(30_000, 'none');
      await elapse(30_000, 'allkeys-lru');
      await elapse(29_999);
      expect([requests, reported.length]).toEqual([5, 2]);
      await elapse(1);
      expect(reported.slice(2)).toEqual(['allkeys-lru']);
      client.emit('close');
      expect(jest.getTimerCount()).toBe(0);
      client.emit('ready');
      await connection.close();
      client.emit('ready');
      await elapse(0);
      expect([requests, reported.slice(3)]).toEqual([
        7,
        [
          [false, expect.stringContaining('it closes the connection')],
          [true, 'connected'],
        ],
      ]);
    } finally {
      jest.useRealTimers();
    }
  });

  test('a closed one sends nothing more', async () => {
    const connection = connect();
    const client = await clientOf(connection);
    let called = false;
    client.quit = async () => {
      called = true;
      return 'OK';
    };
    await connection.close();
    await connection.close();
    expect(client.status).toBe('end');
    const refused = connection.run('a read', async () => {
      called = true;
    });
    await expect(refused).rejects.toMatchObject({ code: 'redis-refused' });
    expect(called).toBe(false);
  });

  test('keys begin with the prefix of the settings', () => {
    expect(connect().keys.meta(1)).toBe('clv:{1}:meta');
    expect(connect({ keyPrefix: 'shop' }).keys.meta(1)).toBe('shop:{1}:meta');
  });
});
