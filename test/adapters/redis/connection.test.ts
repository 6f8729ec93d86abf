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
  it('opens with the first command, retries a little, and comes back slower and slower up to 2 s', async () => {
    const client = (await clientOf(connect())) as Redis;
    expect(client).not.toBeInstanceOf(Cluster);
    expect(client.status).toBe('wait');
    expect(client.options).toMatchObject({ host: '127.0.0.1', port: 1, db: 0, maxRetriesPerRequest: 2 });
    const delays = [1, 2, 39, 40, 41, 1_000].map((attempt) => client.options.retryStrategy!(attempt));
    expect(delays).toEqual([50, 100, 1_950, 2_000, 2_000, 2_000]);
  });

  it('connects anew and sends again where a replica answers, and for no other error', async () => {
    const { reconnectOnError } = ((await clientOf(connect())) as Redis).options;
    expect(reconnectOnError!(new Error('READONLY You cannot write against a read only replica.'))).toBe(2);
    expect(reconnectOnError!(new Error('OOM command not allowed; was READONLY'))).toBe(false);
  });

  it.each([
    [{}, false],
    [{ mode: 'cluster' as const }, true],
    [{ urls: [URL, URL] }, true],
    [{ urls: [URL, URL], mode: 'single' as const }, false],
  ])('%j: a cluster: %s', async (settings, cluster) => {
    const client = await clientOf(connect(settings));
    expect(client instanceof Cluster).toBe(cluster);
    expect(client.status).toBe('wait');
  });

  it('a call without an answer ends after four times what a command may take', async () => {
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
        expect(outcome).toBe(`a read: no answer from Redis: nothing within ${deadlineMs} ms`);
      }
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('an answer leaves no timer behind, and an error no password', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate', 'queueMicrotask'] });
    try {
      const connection = connect({ password: 'hunter2' });
      expect(await connection.run('a read', async () => 7)).toBe(7);
      const refused = connection.run('a read', () => Promise.reject(new Error('no hunter2 here')));
      await expect(refused).rejects.toMatchObject({ message: 'a read: no answer from Redis: no *** here' });
      expect(jest.getTimerCount()).toBe(0);
    } finally {
      jest.useRealTimers();
    }
  });

  it('says once that it is down, with the last error and without a password', async () => {
    const told: [boolean, string][] = [];
    const events = { ...silent, dependency: (up: boolean, reason: string) => void told.push([up, reason]) };
    const connection = new RedisConnection({ urls: [URL], password: 'hunter2' }, events);
    const client = (await clientOf(connection)) as Redis;
    client.emit('error', new Error('no hunter2 here'));
    client.emit('error', new Error(''));
    client.emit('close');
    client.emit('close');
    expect(told).toEqual([[false, 'no *** here']]);
    const other = new RedisConnection({ urls: [URL] }, events);
    ((await clientOf(other)) as Redis).emit('close');
    expect(told[1]).toEqual([false, 'connection closed']);
    await connection.close();
    client.emit('close');
    expect(told).toHaveLength(2);
  });

  it('a closed one sends nothing more', async () => {
    const connection = connect();
    const client = await clientOf(connection);
    await connection.close();
    await connection.close();
    expect(client.status).toBe('end');
    let called = false;
    const refused = connection.run('a read', async () => {
      called = true;
    });
    await expect(refused).rejects.toMatchObject({ code: 'redis-refused' });
    expect(called).toBe(false);
  });

  it('keys begin with the prefix of the settings', () => {
    expect(connect().keys.meta(1)).toBe('clv:{1}:meta');
    expect(connect({ keyPrefix: 'shop' }).keys.meta(1)).toBe('shop:{1}:meta');
  });
});
