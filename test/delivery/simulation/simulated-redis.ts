import type { ClaimFacts } from '../../../src/delivery/partition-machine';
import type { Batch, CustomerState, OutputRecord } from './light-fold';
import type { Variant } from './variants';

export interface Snapshot {
  readonly epoch: number;
  readonly commitIds: readonly string[];
  readonly folded: readonly number[];
  readonly published: readonly number[];
  readonly states: ReadonlyMap<number, CustomerState>;
  readonly outbox: ClaimFacts<OutputRecord>['outbox'];
  /** Commits begun, and the number of the last whole one. They differ after a part of a commit came back. */
  readonly begun: number;
  readonly whole: number;
}

/** One write of a script as in the append-only file: replayed regardless of the contents before it. */
type Effect = (before: Snapshot) => Snapshot;

export interface Commit extends Batch {
  readonly epoch: number;
  readonly follows: string;
  readonly commitId: string;
}

const EMPTY: Snapshot = {
  epoch: 0,
  commitIds: [],
  folded: [],
  published: [],
  states: new Map(),
  outbox: [],
  begun: 0,
  whole: 0,
};
const KEPT_COMMIT_IDS = 8;
const KEPT_SCRIPTS = 4;

export function newestCommitIdOf(snapshot: Snapshot): string {
  return snapshot.commitIds.at(-1) ?? '';
}

export const isTorn = ({ begun, whole }: Snapshot): boolean => begun !== whole;

/** The answer to a claim of this snapshot. */
export function claimFacts({ epoch, commitIds, folded, published, outbox }: Snapshot): ClaimFacts<OutputRecord> {
  return { epoch, meta: commitIds.length === 0 ? null : { commitIds, folded, published }, outbox };
}

/** One partition's keys in Redis. Every write leaves a snapshot, so that a failover can lose the last ones. */
export class SimulatedRedis {
  current: Snapshot = EMPTY;
  writes = 0;
  /** Commits refused although nobody has claimed since. */
  refusedLastClaimer = 0;
  private history: Snapshot[] = [EMPTY];
  /** The newest writes, each with the contents before it. */
  private scripts: { readonly before: Snapshot; readonly effects: readonly Effect[] }[] = [];
  /** The file ends, at `before`, with the first writes of a script. `since` was written after them. */
  private torn: { readonly before: Snapshot; readonly piece: readonly Effect[]; since: Effect[] } | null = null;
  private rebuilds = 0;
  /** Ends of commit chains that a failover discarded. An old master may go on answering reads from there. */
  private readonly abandoned: Snapshot[] = [];

  constructor(private readonly variant: Variant) {}

  /** `starts`: offsets from which the operator rebuilds the partition if a part of a commit came back. */
  claim(starts: readonly number[]): ClaimFacts<OutputRecord> {
    if (isTorn(this.current) && !this.variant.tornUnseen) this.rebuild(starts);
    this.write([(before) => ({ ...before, epoch: before.epoch + 1 })]);
    return claimFacts(this.current);
  }

  commit({ epoch, follows, commitId, folded, records, states }: Commit): 'committed' | 'fenced' {
    const answer = this.tryCommit({ epoch, follows, commitId, folded, records, states });
    if (answer === 'fenced' && epoch === this.current.epoch) this.refusedLastClaimer++;
    return answer;
  }

  private tryCommit({ epoch, follows, commitId, folded, records, states }: Commit): 'committed' | 'fenced' {
    const { current, variant } = this;
    if (isTorn(current) && !variant.tornUnseen) return 'fenced';
    if (!variant.noResendCheck && current.commitIds.includes(commitId)) return 'committed';
    if (!variant.noCommitChainCheck && follows !== newestCommitIdOf(current)) return 'fenced';
    if (!variant.noEpoch && epoch !== current.epoch) return 'fenced';
    const blob = { commitId, folded, records };
    const commitIds = [...current.commitIds, commitId].slice(-KEPT_COMMIT_IDS);
    const published = current.commitIds.length === 0 ? folded.map(() => 0) : current.published;
    const whole = current.begun + 1;
    const effects: Effect[] = [
      (before) => ({ ...before, begun: before.begun + 1 }),
      ...[...states].map(
        ([customer, state]): Effect =>
          (before) => ({ ...before, states: new Map(before.states).set(customer, state) }),
      ),
      (before) => (variant.noOutbox ? before : { ...before, outbox: [...before.outbox, blob] }),
      (before) => ({ ...before, commitIds, folded, published, whole }),
    ];
    this.write(effects);
    return 'committed';
  }

  trim(commitId: string, published: readonly number[]): void {
    const { current } = this;
    if (current.commitIds.length === 0 || (isTorn(current) && !this.variant.tornUnseen)) return;
    const dropped = current.outbox.findIndex((blob) => blob.commitId === commitId) + 1;
    const higher = current.published.map((old, topic) => Math.max(old, published[topic]!));
    const raised = this.variant.trimUnmarked ? 0 : 1;
    const whole = current.begun + raised;
    this.write([
      (before) => ({ ...before, begun: before.begun + raised }),
      (before) => ({ ...before, outbox: before.outbox.slice(dropped) }),
      (before) => ({ ...before, published: higher, whole }),
    ]);
  }

  /**
   * The machine crashes while one of the last scripts is written to the append-only file. The first `share` of its writes stay. Redis
   * starts with the contents before the script and appends after those writes. Returns false if there is no such script.
   */
  tear(back: number, share: number): boolean {
    const script = this.scripts.at(-1 - back);
    if (script === undefined) return false;
    const { before, effects } = script;
    this.rollBack(back + 1);
    const piece = effects.slice(0, 1 + Math.floor(share * effects.length));
    this.torn = { before, piece, since: [] };
    return true;
  }

  /** Redis starts again: the writes that stayed are replayed, before everything written since. Returns false if there are none. */
  startAgain(): boolean {
    if (this.torn === null || this.torn.since.length === 0) return false;
    const { before, piece, since } = this.torn;
    this.torn = null;
    this.abandoned.push(this.current);
    this.write([() => [...piece, ...since].reduce((state, effect) => effect(state), before)]);
    this.scripts = [];
    return true;
  }

  /** `state rebuild --partition`. */
  private rebuild(starts: readonly number[]): void {
    const commitIds = [`rebuilt-${++this.rebuilds}`];
    const published = starts.map(() => 0);
    const whole = this.current.begun + 1;
    this.write([
      (before) => ({ ...before, begun: before.begun + 1 }),
      ({ epoch, begun }) => ({ ...EMPTY, epoch: epoch + 1, begun, whole }),
      (before) => ({ ...before, commitIds, folded: starts, published }),
    ]);
  }

  /** Discards the last writes. */
  rollBack(writes: number): void {
    this.abandoned.push(this.current);
    this.history = this.history.slice(0, Math.max(1, this.history.length - writes));
    this.current = this.history.at(-1)!;
    this.torn = null;
    this.scripts = this.scripts.slice(0, Math.max(0, this.scripts.length - writes));
    this.writes++;
  }

  lose(): void {
    this.abandoned.push(this.current);
    this.write([() => EMPTY]);
    this.history = [EMPTY];
    this.torn = null;
    this.scripts = [];
  }

  /** Contents from which a lagging replica, or a master that has not noticed its replacement, may answer. `past` in [0, 1). */
  stale(past: number): Snapshot {
    const ends = [...this.abandoned.slice(-2), ...this.history.slice(-6)];
    return ends[Math.floor(past * ends.length)]!;
  }

  private write(effects: readonly Effect[]): void {
    this.scripts = [...this.scripts.slice(-KEPT_SCRIPTS), { before: this.current, effects }];
    this.current = effects.reduce((state, effect) => effect(state), this.current);
    this.torn?.since.push(...effects);
    this.history.push(this.current);
    this.writes++;
  }
}
