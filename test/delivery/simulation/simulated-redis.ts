import type { ClaimFacts } from '../../../src/delivery/partition-machine';
import type { Batch, CustomerState, OutputRecord } from './light-fold';
import type { Variant } from './variants';

export interface Snapshot {
  readonly epoch: number;
  readonly cids: readonly string[];
  readonly folded: readonly number[];
  readonly published: readonly number[];
  readonly states: ReadonlyMap<number, CustomerState>;
  readonly outbox: ClaimFacts<OutputRecord>['outbox'];
}

export interface Commit extends Batch {
  readonly epoch: number;
  readonly follows: string;
  readonly cid: string;
}

const EMPTY: Snapshot = { epoch: 0, cids: [], folded: [], published: [], states: new Map(), outbox: [] };
const KEPT_CIDS = 8;

export function lineageOf(snapshot: Snapshot): string {
  return snapshot.cids.at(-1) ?? '';
}

/** What a claim of this snapshot answers. */
export function claimFacts({ epoch, cids, folded, published, outbox }: Snapshot): ClaimFacts<OutputRecord> {
  return { epoch, meta: cids.length === 0 ? null : { cids, folded, published }, outbox };
}

/** One partition's keys in Redis. Every write leaves a snapshot, so that a fail-over can lose the last ones. */
export class SimulatedRedis {
  current: Snapshot = EMPTY;
  writes = 0;
  /** Commits refused although nobody claimed since. */
  refusedLastClaimer = 0;
  private history: Snapshot[] = [EMPTY];
  /** Ends of lineages that a fail-over took back: an old master may go on answering reads from there. */
  private readonly abandoned: Snapshot[] = [];

  constructor(private readonly variant: Variant) {}

  claim(): ClaimFacts<OutputRecord> {
    this.write({ ...this.current, epoch: this.current.epoch + 1 });
    return claimFacts(this.current);
  }

  commit({ epoch, follows, cid, folded, records, states }: Commit): 'committed' | 'fenced' {
    const answer = this.tryCommit({ epoch, follows, cid, folded, records, states });
    if (answer === 'fenced' && epoch === this.current.epoch) this.refusedLastClaimer++;
    return answer;
  }

  private tryCommit({ epoch, follows, cid, folded, records, states }: Commit): 'committed' | 'fenced' {
    const { current, variant } = this;
    if (!variant.noResendCheck && current.cids.includes(cid)) return 'committed';
    if (!variant.noLineageCheck && follows !== lineageOf(current)) return 'fenced';
    if (!variant.noEpoch && epoch !== current.epoch) return 'fenced';
    const blob = { cid, folded, records };
    this.write({
      epoch: current.epoch,
      cids: [...current.cids, cid].slice(-KEPT_CIDS),
      folded,
      published: current.cids.length === 0 ? folded.map(() => 0) : current.published,
      states: new Map([...current.states, ...states]),
      outbox: variant.noOutbox ? current.outbox : [...current.outbox, blob],
    });
    return 'committed';
  }

  trim(cid: string, published: readonly number[]): void {
    const { current } = this;
    if (current.cids.length === 0) return;
    const at = current.outbox.findIndex((blob) => blob.cid === cid);
    this.write({
      ...current,
      outbox: current.outbox.slice(at + 1),
      published: current.published.map((old, topic) => Math.max(old, published[topic]!)),
    });
  }

  /** Takes back the last writes. */
  rollBack(writes: number): void {
    this.abandoned.push(this.current);
    this.history = this.history.slice(0, Math.max(1, this.history.length - writes));
    this.current = this.history.at(-1)!;
    this.writes++;
  }

  lose(): void {
    this.abandoned.push(this.current);
    this.write(EMPTY);
    this.history = [EMPTY];
  }

  /** What a replica that lags, or a master that does not know it was replaced, may answer from: `past` in [0, 1). */
  stale(past: number): Snapshot {
    const ends = [...this.abandoned.slice(-2), ...this.history.slice(-6)];
    return ends[Math.floor(past * ends.length)]!;
  }

  private write(next: Snapshot): void {
    this.current = next;
    this.history.push(next);
    this.writes++;
  }
}
