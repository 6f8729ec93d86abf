import { Redis } from 'ioredis';
import { RedisConnection } from '../../../src/adapters/redis/connection';
import type { RedisSettings } from '../../../src/adapters/redis/settings';

let made = 0;

/** Empty data in a Redis that other tests use too: a key prefix of its own. */
export interface EmptyRedis {
  readonly keyPrefix: string;
  /** For a look at the data and for damage, behind the program's back. */
  readonly client: Redis;
  connect(settings?: Partial<RedisSettings>): RedisConnection;
  /** Deletes the data and closes the client. */
  drop(): Promise<void>;
}

export function emptyRedis(url: string): EmptyRedis {
  const keyPrefix = `test-${process.pid}-${Date.now()}-${made++}`;
  const client = new Redis(url);
  return {
    keyPrefix,
    client,
    connect: (settings = {}) =>
      new RedisConnection({ urls: [url], keyPrefix, ...settings }, { dependency: () => {}, warning: () => {} }),
    async drop() {
      const keys = await client.keys(`${keyPrefix}:*`);
      if (keys.length > 0) await client.del(keys);
      await client.quit();
    },
  };
}
