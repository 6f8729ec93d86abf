import { randomUUID } from 'node:crypto';
import type { RedisConnection } from './connection';

/** Identifies the state under this prefix of this Redis. Created by the first call. A snapshot of Redis keeps it with the data. */
export async function redisStateId(connection: RedisConnection): Promise<string> {
  const key = connection.keys.id();
  return connection.run('id of the state', async (client) => {
    await client.set(key, randomUUID(), 'NX');
    return (await client.get(key)) ?? '';
  });
}
