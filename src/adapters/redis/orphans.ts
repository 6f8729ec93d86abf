import { SWEEP_SHARDS } from '../../ports/state-store';
import type { RedisConnection } from './connection';
import { DROP_ORPHANS } from './scripts';

const CHUNK = 500;

/**
 * Drops every state of a partition that has no lineage: states without an F to go with them would have their past counted twice. Each
 * script checks that the epoch is still this caller's, so that a slow one never drops what the next owner has stored; false where it is not.
 */
export async function dropOrphans(connection: RedisConnection, partition: number, epoch: number): Promise<boolean> {
  const { keys } = connection;
  const what = `orphans of partition ${partition}`;
  for (let shard = 0; shard < SWEEP_SHARDS; shard++) {
    const customerIds = await connection.run(what, (client) => client.smembers(keys.shard(partition, shard)));
    if (customerIds.length === 0) continue;
    const orphans = [...customerIds.map((id) => keys.state(partition, id)), keys.shard(partition, shard)];
    for (let i = 0; i < orphans.length; i += CHUNK) {
      const chunk = [keys.meta(partition), ...orphans.slice(i, i + CHUNK)];
      const dropped = await connection.run(what, (client) => DROP_ORPHANS.run(client, chunk, [String(epoch)]));
      if (dropped !== 1) return false;
    }
  }
  return true;
}
