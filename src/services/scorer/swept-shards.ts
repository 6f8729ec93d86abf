import type { Tick } from '../../domain/event';
import { shardOf } from '../../domain/math/hash';
import { SWEEP_SHARDS } from '../../ports/state-store';

/** The sweep shards that a tick covers. */
export function shardsOf({ shard, shards }: Tick): number[] {
  const covered: number[] = [];
  for (let s = shard % shards; s < SWEEP_SHARDS; s += shards) covered.push(s);
  return covered;
}

/** Whether a tick re-scores a customer. A micro-batch also loads others. Whether they share one with the tick must not matter. */
export function covers({ shard, shards }: Tick, customerId: string): boolean {
  return shardOf(customerId, SWEEP_SHARDS) % shards === shard % shards;
}
