import type { OffsetVector } from '../domain/event';

/** The types of the delivery protocol: state, inputs and commands of one partition's machine, all plain values. */

/** The fields of an outbox record that the machine reads. */
export interface Covering {
  readonly covers: OffsetVector;
}

export interface Blob<R extends Covering> {
  readonly commitId: string;
  readonly folded: OffsetVector;
  readonly records: readonly R[];
}

export interface ClaimFacts<R extends Covering> {
  readonly epoch: number;
  /** Null if nothing was committed before. */
  readonly meta: {
    readonly commitIds: readonly string[];
    readonly folded: OffsetVector;
    readonly published: OffsetVector;
  } | null;
  readonly outbox: readonly Blob<R>[];
  /** Input topics that were deleted and created again since the state was folded from them. */
  readonly recreated?: readonly number[];
  /** One past the last record of each input topic. Absent if the shell does not read it. */
  readonly logEnd?: OffsetVector;
}

/** What a new owner reads from the output topics of a partition, once the previous owner's transaction is settled. */
export interface OutputTail {
  /** Per input topic: everything below is published, as far as the newest committed records prove it. 0 proves nothing. */
  readonly emitted: OffsetVector;
  /** No record beyond `emitted` was ever published. False if an older version wrote the newest records, or some could not be read. */
  readonly exact: boolean;
}

/** The consumer group's committed offsets of one partition. */
export interface GroupOffsets {
  /** Null if the group has none. */
  readonly emitted: OffsetVector | null;
  /** Topics whose offset this program did not write: a person's tool did, or a version before the mark was introduced. */
  readonly unmarked: readonly number[];
  /** Topics whose offset was moved together with records: if it is committed, readers see these. */
  readonly withRecords: readonly number[];
}

export type Phase =
  | 'idle'
  | 'owning'
  | 'claiming'
  | 'running'
  | 'waiting' // back-off before owning again
  | 'unconfirmed' // fenced: waits until the group confirms that p is ours
  | 'halted'
  | 'released';

/** Why a partition stands still until a person decides. */
export type HaltReason = 'state-lost' | 'offsets-expired' | 'log-lost' | 'topic-recreated' | 'log-truncated';
/** What to do then: stand still, or go on with what is left. */
export type LossPolicy = 'halt' | 'continue';

export interface MachineSettings {
  readonly onStateLost: LossPolicy;
  readonly onOffsetsExpired: LossPolicy;
  readonly onLogLost: LossPolicy;
  /** Records and the group's offsets move in one transaction, so offsets below what is published are impossible. */
  readonly transactional: boolean;
  /** How often such offsets are read again before they are overruled. */
  readonly emittedReads: number;
  /** Commits that may wait to be published before folding pauses. */
  readonly maxOutbox: number;
  readonly firstBackoffMs: number;
  readonly maxBackoffMs: number;
}

export const DEFAULT_MACHINE_SETTINGS: MachineSettings = {
  onStateLost: 'halt',
  onOffsetsExpired: 'halt',
  onLogLost: 'halt',
  transactional: true,
  emittedReads: 5,
  maxOutbox: 4,
  firstBackoffMs: 100,
  maxBackoffMs: 10_000,
};

export interface Machine<R extends Covering> {
  readonly phase: Phase;
  /** Raised with every attempt to own. Answers to an older attempt are ignored. */
  readonly attempt: number;
  readonly failures: number;
  readonly revoking: boolean;
  /** The log changed while the machine was running. It finishes both lanes, then owns and claims again, which determines what is lost. */
  readonly reclaiming: boolean;
  readonly epoch: number;
  /** The commit id that the next commit follows. */
  readonly commitId: string;
  /** Folded offsets F: the next offset to fold, per topic. */
  readonly folded: OffsetVector;
  /** Emitted offsets E: everything below is published, per topic. null until owned. If the group has none, null until claimed. */
  readonly emitted: OffsetVector | null;
  /** True if E must be written once before anything is committed. Then its absence later proves that it was lost. */
  readonly owesEmitted: boolean;
  /**
   * True if E was absent although there is a state, and this attempt checks again. Another owner may have written both between our read of
   * E and our claim. E is always written before the first state, so a read of E after a claim with a state is conclusive.
   */
  readonly doubtsEmitted: boolean;
  /** See {@link GroupOffsets}. From the newest read. */
  readonly unmarked: readonly number[];
  readonly withRecords: readonly number[];
  /** Null if the shell reads none. */
  readonly tail: OutputTail | null;
  /** A claim that waits until the group's offsets have been read again, and the number of such reads. */
  readonly rereading: Pick<Extract<Input<R>, { type: 'claimed' }>, 'claim' | 'logStart'> | null;
  readonly reread: number;
  readonly outbox: readonly Blob<R>[];
  readonly fold: 'idle' | 'folding' | 'committing';
  readonly committing: {
    readonly commitId: string;
    readonly folded: OffsetVector;
    readonly records: readonly R[];
  } | null;
  readonly publishing: {
    readonly commitId: string | null;
    readonly emitted: OffsetVector;
    readonly blobs: number;
  } | null;
  /** Records are waiting to be folded. */
  readonly available: boolean;
}

export type Input<R extends Covering> =
  | { readonly type: 'assigned' }
  | ({ readonly type: 'owned'; readonly attempt: number; readonly tail: OutputTail | null } & GroupOffsets)
  | ({
      readonly type: 'emitted-read';
      readonly attempt: number;
      readonly tail: OutputTail | null;
    } & GroupOffsets)
  /** `logStart`: per topic, the first offset that is still in the log. */
  | {
      readonly type: 'claimed';
      readonly attempt: number;
      readonly claim: ClaimFacts<R>;
      readonly logStart: OffsetVector;
    }
  /** The partition belongs to another deployment. */
  | { readonly type: 'claim-refused'; readonly attempt: number }
  | { readonly type: 'ownership-failed'; readonly attempt: number }
  | { readonly type: 'available' }
  /**
   * The shell folded a micro-batch. If there was nothing to fold after all, `records` is empty and `folded` is unchanged.
   * `loadedAt`: the newest commit id when the states were read, from the same atomic read. Absent if no state was read.
   */
  | {
      readonly type: 'folded';
      readonly attempt: number;
      readonly commitId: string;
      readonly loadedAt?: string;
      readonly folded: OffsetVector;
      readonly records: readonly R[];
      readonly more: boolean;
    }
  | {
      readonly type: 'commit-answered';
      readonly attempt: number;
      readonly outcome: 'committed' | 'published' | 'fenced' | 'unknown';
    }
  | {
      readonly type: 'publish-answered';
      readonly attempt: number;
      readonly outcome: 'published' | 'fenced' | 'unknown';
    }
  | { readonly type: 'commit-chain-answered'; readonly attempt: number; readonly commitId: string }
  | { readonly type: 'woken'; readonly attempt: number }
  | { readonly type: 'confirmed' }
  /** The read position is no longer in the log, or a topic was deleted and created again. */
  | { readonly type: 'log-changed' }
  | { readonly type: 'tick' }
  | { readonly type: 'revoked' };

export type Command<R extends Covering> =
  | { readonly type: 'own'; readonly attempt: number }
  | { readonly type: 'claim'; readonly attempt: number }
  /** Read the group's offsets again after this delay. A failure is answered as 'ownership-failed'. */
  | { readonly type: 'read-emitted'; readonly attempt: number; readonly afterMs: number }
  /** The group's offsets are overruled in these topics. `group` is the group's value, `emitted` the correct one. */
  | {
      readonly type: 'offsets-overruled';
      readonly reason: 'stale' | 'moved' | 'unshown';
      readonly topics: readonly number[];
      readonly group: OffsetVector;
      readonly emitted: OffsetVector;
    }
  | { readonly type: 'position'; readonly folded: OffsetVector }
  /**
   * Fold the next micro-batch. If the folded offsets are behind the emitted ones in some topic (the state was rolled back), take records of
   * those topics only. Otherwise an update would be published without events of another topic that earlier updates already included.
   */
  | { readonly type: 'fold'; readonly attempt: number; readonly folded: OffsetVector; readonly emitted: OffsetVector }
  | {
      readonly type: 'commit';
      readonly attempt: number;
      readonly epoch: number;
      readonly follows: string;
      readonly commitId: string;
      readonly folded: OffsetVector;
      readonly records: readonly R[];
      /** Resend the same request after this delay (the outcome was unknown). */
      readonly resendAfterMs: number;
    }
  | {
      readonly type: 'publish';
      readonly attempt: number;
      readonly records: readonly R[];
      readonly emitted: OffsetVector;
    }
  | { readonly type: 'trim'; readonly commitId: string; readonly published: OffsetVector }
  | { readonly type: 'check-commit-chain'; readonly attempt: number }
  /** Drop queued records and states, and discard the publisher. */
  | { readonly type: 'drop' }
  | { readonly type: 'wake'; readonly attempt: number; readonly afterMs: number }
  | {
      readonly type: 'lost';
      readonly reason: HaltReason;
      readonly topics: readonly number[];
      readonly policy: LossPolicy;
      readonly from: OffsetVector;
      readonly to: OffsetVector;
    }
  | { readonly type: 'fenced'; readonly by: 'store' | 'log' }
  | { readonly type: 'released' };

export type Reduced<R extends Covering> = readonly [Machine<R>, readonly Command<R>[]];

export function idleMachine<R extends Covering>(): Machine<R> {
  return {
    phase: 'idle',
    attempt: 0,
    failures: 0,
    revoking: false,
    reclaiming: false,
    epoch: 0,
    commitId: '',
    folded: [],
    emitted: null,
    owesEmitted: false,
    doubtsEmitted: false,
    unmarked: [],
    withRecords: [],
    tail: null,
    rereading: null,
    reread: 0,
    outbox: [],
    fold: 'idle',
    committing: null,
    publishing: null,
    available: false,
  };
}
