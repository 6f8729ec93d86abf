import { type StateStore, SWEEP_SHARDS } from '../../ports/state-store';
import { decodeState } from '../../serde/state-blob';

/** A customer whose state is to be folded again. */
export interface DamagedState {
  readonly customerId: string;
  readonly partition: number;
  /** The bytes in the store now; null if there are none. */
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

/** The customers of the partition whose state is damaged or gone. With `readable`, also those with a readable state. */
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
    return readable && found !== null ? [{ customerId, partition, found, why: 'named on the command line' }] : [];
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
