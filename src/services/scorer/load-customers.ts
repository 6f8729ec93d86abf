import type { StateStore } from '../../ports/state-store';
import type { LoadedCustomers } from './customer-states';
import { customersOf } from './fold-batch';
import type { InputItem } from './input-queue';
import { shardsOf } from './swept-shards';

/**
 * The states of the customers of these records, and of those in the shards of their ticks. `commitId`: the commit that they belong to; null
 * if there are none.
 */
export async function loadCustomers(
  partition: number,
  store: StateStore,
  items: readonly InputItem[],
): Promise<{ commitId: string | null; loaded: LoadedCustomers }> {
  const ids = new Set(customersOf(items));
  for (const { decoded } of items) {
    if (!decoded.ok || decoded.value.type !== 'tick') continue;
    for (const shard of shardsOf(decoded.value.tick)) {
      for (const id of await store.customersOfShard(partition, shard)) ids.add(id);
    }
  }
  const customerIds = [...ids];
  if (customerIds.length === 0) return { commitId: null, loaded: { blobs: new Map(), vanished: new Set() } };
  const { commitId: loadedAt, states, vanished } = await store.load(partition, customerIds);
  const blobs = new Map(customerIds.map((id, i) => [id, states[i] ?? null]));
  return { commitId: loadedAt, loaded: { blobs, vanished: new Set(vanished) } };
}
