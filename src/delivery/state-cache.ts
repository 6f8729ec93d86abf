/** The commits of one claim. Another claim is another object, so what was held before it is not found any more. */
interface Chain {
  /** The newest commit. '' if there is none. */
  commitId: string;
}

interface Entry<State> {
  readonly chain: Chain;
  readonly state: State;
  readonly bytes: number;
}

export interface LookUp<Id, State> {
  /** The commit as of which the held states are. Null if the partition was not claimed: then none is held. */
  readonly commitId: string | null;
  readonly held: ReadonlyMap<Id, State>;
  /** In the order of the ids. */
  readonly missing: readonly Id[];
}

/**
 * States that the owner of a partition committed itself, so that it need not read them again. Bounded in bytes for all partitions together;
 * the states whose commit is longest ago go first.
 *
 * A held state is the store's, as long as the store's newest commit is the one that {@link lookUp} names. If it is not, because somebody
 * else committed or the store was rolled back, then a commit that follows it is refused. Two rules keep that true: a claim forgets
 * everything, and only the commit that follows the newest one adds states.
 */
export class StateCache<Id, State> {
  /** Oldest commit first. */
  private readonly entries = new Map<Id, Entry<State>>();
  private readonly chains = new Map<number, Chain>();
  private total = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly bytesOf: (id: Id, state: State) => number,
  ) {}

  /** Bytes of all entries, forgotten ones that were not removed yet included. At most `maxBytes`. */
  get bytes(): number {
    return this.total;
  }

  claimed(partition: number, commitId: string): void {
    this.chains.set(partition, { commitId });
  }

  lookUp(partition: number, ids: readonly Id[]): LookUp<Id, State> {
    const chain = this.chains.get(partition);
    if (chain === undefined) return { commitId: null, held: new Map(), missing: ids };
    const held = new Map<Id, State>();
    const missing: Id[] = [];
    for (const id of ids) {
      const entry = this.entries.get(id);
      if (entry?.chain === chain) held.set(id, entry.state);
      else missing.push(id);
    }
    return { commitId: chain.commitId, held, missing };
  }

  /** The store confirmed a commit. The answer to one of an earlier claim may come late; it is ignored. */
  committed(partition: number, follows: string, commitId: string, states: Iterable<readonly [Id, State]>): void {
    const chain = this.chains.get(partition);
    if (chain?.commitId !== follows) return;
    chain.commitId = commitId;
    for (const [id, state] of states) {
      this.remove(id);
      const entry = { chain, state, bytes: this.bytesOf(id, state) };
      this.entries.set(id, entry);
      this.total += entry.bytes;
    }
    for (const [id] of this.entries) {
      if (this.total <= this.maxBytes) break;
      this.remove(id);
    }
  }

  private remove(id: Id): void {
    const entry = this.entries.get(id);
    if (entry === undefined) return;
    this.entries.delete(id);
    this.total -= entry.bytes;
  }
}
