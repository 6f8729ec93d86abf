import { type StateStore, SWEEP_SHARDS } from '../../ports/state-store';
import { decodeState } from '../../serde/state-blob';

/** A customer whose state is to be folded again. */
export interface DamagedState {
  readonly customerId: string;
  readonly partition: number;
  /** What the store holds now; null for nothing. */
  readonly found: Uint8Array | null;
  readonly why: string;
}

const LOAD_CHUNK = 500;

/** Every customer of a partition whose state is damaged or has vanished. */
export async function findDamaged(store: StateStore, partition: number): Promise<DamagedState[]> {
  const damaged: DamagedState[] = [];
  for (let shard = 0; shard < SWEEP_SHARDS; shard++) {
    const ids = await store.customersOfShard(partition, shard);
    for (let i = 0; i < ids.length; i += LOAD_CHUNK) {
      damaged.push(...(await lookAt(store, partition, ids.slice(i, i + LOAD_CHUNK), false)));
    }
  }
  return damaged;
}

/** Those of the customers that the partition knows and whose state is damaged or has vanished; with `readable`, also whole ones. */
export async function lookAt(
  store: StateStore,
  partition: number,
  customerIds: readonly string[],
  readable: boolean,
): Promise<DamagedState[]> {
  const { states, vanished } = await store.load(partition, customerIds);
  const gone = new Set(vanished);
  return customerIds.flatMap((customerId, i) => {
    const found = states[i] ?? null;
    const why = found === null ? (gone.has(customerId) ? 'its state is gone' : null) : faultOf(found);
    if (why !== null) return [{ customerId, partition, found, why }];
    return readable && found !== null ? [{ customerId, partition, found, why: 'asked for by name' }] : [];
  });
}

function faultOf(blob: Uint8Array): string | null {
  try {
    decodeState(blob);
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
