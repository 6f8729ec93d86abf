import { randomUUID } from 'node:crypto';
import type { RedisConnection } from './connection';

/** Tells the state under this prefix of this Redis apart from any other; made with the first call. Goes with the data into a snapshot. */
export async function redisStateId(connection: RedisConnection): Promise<string> {
  const key = connection.keys.id();
  return connection.run('id of the state', async (client) => {
    await client.set(key, randomUUID(), 'NX');
    return (await client.get(key)) ?? '';
  });
}
