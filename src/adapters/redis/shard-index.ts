import { shardOf } from '../../domain/math/hash';
import { SWEEP_SHARDS } from '../../ports/state-store';
import type { RedisKeys } from './keys';

/** Index of the customer's shard set among a script's keys, counted from 1. Adds the key if it is missing. */
export function shardIndex(
  names: RedisKeys,
  partition: number,
  customerId: string,
  keys: string[],
  shardAt: Map<number, string>,
): string {
  const shard = shardOf(customerId, SWEEP_SHARDS);
  let at = shardAt.get(shard);
  if (at === undefined) {
    at = String(keys.push(names.shard(partition, shard)));
    shardAt.set(shard, at);
  }
  return at;
}
