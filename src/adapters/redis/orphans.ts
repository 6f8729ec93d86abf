import { SWEEP_SHARDS } from '../../ports/state-store';
import type { RedisConnection } from './connection';
import { DROP_ORPHANS } from './scripts';

const CHUNK = 500;

/**
 * Drops every state of a partition that has no commit chain. Such states have no folded offsets, so folding the log again would count their
 * past twice. Each script checks that the epoch is still this caller's, so a slow caller never drops states of the next owner. Returns
 * false if the epoch has changed. `calls`: 'runPatiently' for a command, which has no one to try again.
 */
export async function dropOrphans(
  connection: RedisConnection,
  partition: number,
  epoch: number,
  calls: 'run' | 'runPatiently' = 'run',
): Promise<boolean> {
  const { keys } = connection;
  const what = `orphans of partition ${partition}`;
  for (let shard = 0; shard < SWEEP_SHARDS; shard++) {
    const customerIds = await connection[calls](what, (client) => client.smembers(keys.shard(partition, shard)));
    for (let i = 0; i < customerIds.length; i += CHUNK) {
      const ids = customerIds.slice(i, i + CHUNK);
      const names = [keys.meta(partition), keys.shard(partition, shard), ...ids.map((id) => keys.state(partition, id))];
      const dropped = await connection[calls](what, (client) =>
        DROP_ORPHANS.run(client, names, [String(epoch), ...ids]),
      );
      if (dropped !== 1) return false;
    }
  }
  return true;
}
