import { StateCache } from '../../delivery/state-cache';
import type { Claimant } from '../../domain/deployment-identity';
import type {
  Claim,
  CommitOutcome,
  CommitRequest,
  LoadedStates,
  RestartRequest,
  StateStore,
} from '../../ports/state-store';

/** Memory of an entry besides the state and the id: two objects of the buffer, the entry, and its place in the map. */
const ENTRY_BYTES = 400;

/**
 * A store for the owner of partitions, which reads only the states that it did not commit itself. The wrapped store must fence the owner
 * when anybody else changes a state.
 */
export class CachedStateStore implements StateStore {
  private readonly cache: StateCache<string, Uint8Array>;

  /** @param maxBytes of memory, for all partitions together. Closing this store closes the wrapped one. */
  constructor(
    private readonly store: StateStore,
    maxBytes: number,
  ) {
    this.cache = new StateCache(maxBytes, (id, state) => ENTRY_BYTES + id.length + state.length);
  }

  async claim(partition: number, claimant?: Claimant): Promise<Claim> {
    const claim = await this.store.claim(partition, claimant);
    this.cache.claimed(partition, claim.meta?.commitIds.at(-1) ?? '');
    return claim;
  }

  async load(partition: number, customerIds: readonly string[]): Promise<LoadedStates> {
    const { commitId, held, missing } = this.cache.lookUp(partition, customerIds);
    if (held.size === 0 || commitId === null) return this.store.load(partition, customerIds);
    if (missing.length === 0) return { commitId, states: customerIds.map((id) => held.get(id)!), vanished: [] };
    const read = await this.store.load(partition, missing);
    // States of two commits must not be mixed.
    if (read.commitId !== commitId) return this.store.load(partition, customerIds);
    let at = 0;
    const states = customerIds.map((id) => held.get(id) ?? read.states[at++]!);
    return { commitId, states, vanished: read.vanished };
  }

  async commit(partition: number, request: CommitRequest): Promise<CommitOutcome> {
    const outcome = await this.store.commit(partition, request);
    if (outcome !== 'fenced') {
      const { follows, commitId, states } = request;
      this.cache.committed(
        partition,
        follows,
        commitId,
        // Copied: a state is a small part of a chunk of memory that it would keep as a whole.
        states.map(({ customerId, state }) => [customerId, new Uint8Array(state)]),
      );
    }
    return outcome;
  }

  owner(partition: number): ReturnType<StateStore['owner']> {
    return this.store.owner(partition);
  }

  restart(partition: number, request: RestartRequest): Promise<boolean> {
    return this.store.restart(partition, request);
  }

  trim(partition: number, commitId: string, published: readonly number[]): Promise<void> {
    return this.store.trim(partition, commitId, published);
  }

  newestCommitId(partition: number): Promise<string> {
    return this.store.newestCommitId(partition);
  }

  customersOfShard(partition: number, shard: number): Promise<string[]> {
    return this.store.customersOfShard(partition, shard);
  }

  close(): Promise<void> {
    return this.store.close();
  }
}
