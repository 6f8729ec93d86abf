import type { Claimant, DeploymentIdentity } from '../domain/deployment-identity';
import type { OffsetVector, TopicIndex } from '../domain/event';

/** A record waiting to be published, with the highest input position it covers per topic. */
export interface OutboxRecord {
  /** 'update' goes to clv-updates, 'dead-letter' to clv-dead-letters; the partition is the machine's. */
  readonly kind: 'update' | 'dead-letter';
  readonly key: Uint8Array | null;
  readonly value: Uint8Array;
  /** Log timestamp of the input that made it. The published record is stamped when it is written. */
  readonly timestampMs: number;
  /** Per input topic the highest offset this record covers, −1 for none. */
  readonly covers: OffsetVector;
}

/** What one commit produced and is not yet known to be published. */
export interface OutboxBlob {
  readonly commitId: string;
  /** F after the commit. */
  readonly folded: OffsetVector;
  readonly records: readonly OutboxRecord[];
}

export interface PartitionMeta {
  /** The last 8 commit ids, newest last; never empty. */
  readonly commitIds: readonly string[];
  readonly commits: number;
  /** F: per input topic, the next offset to fold. */
  readonly folded: OffsetVector;
  /** Everything below is known to be published (set at trim). */
  readonly published: OffsetVector;
}

export interface Claim {
  /** Owner epoch, raised by this claim. */
  readonly epoch: number;
  /**
   * Format level that the owner writes at. It belongs to the claim: whoever changes it raises the epoch, so that no commit at the level
   * before gets through. A partition that nobody had claimed before starts at the newest level.
   */
  readonly format: number;
  /** Null where nothing was ever committed for this partition (or it was lost). */
  readonly meta: PartitionMeta | null;
  readonly outbox: readonly OutboxBlob[];
  /** Ids of the input topics that F counts in, by TopicIndex; absent where none were recorded. */
  readonly topicIds?: readonly (string | null)[];
  /** Refused: the partition is this other deployment's (in words). Nothing was changed, and the rest of the claim is empty. */
  readonly foreign?: string;
  /** Refused to the same deployment, since its state was folded with this other partition count. */
  readonly foldedWith?: number;
}

export interface LoadedStates {
  /** The newest commit id at the moment of the read, '' where there is none: a commit may follow only the commit that it read. */
  readonly commitId: string;
  /** In the order of the ids; null for a customer without a state: never seen, or {@link vanished}. */
  readonly states: readonly (Uint8Array | null)[];
  /** Those of the ids that have no state although their shard lists them: the state was deleted or evicted by somebody else. */
  readonly vanished: readonly string[];
}

export interface CommitRequest {
  readonly epoch: number;
  /** The commit id this commit extends; '' for the first. */
  readonly follows: string;
  readonly commitId: string;
  /** Format level of the states, and of what the store itself writes; absent: level 1, which every version reads. */
  readonly format?: number;
  readonly states: readonly { readonly customerId: string; readonly state: Uint8Array; readonly isNew: boolean }[];
  readonly folded: OffsetVector;
  readonly records: readonly OutboxRecord[];
}

/** A partition whose input topics were created again: where its next commit starts from. */
export interface RestartRequest {
  readonly epoch: number;
  readonly follows: string;
  readonly topicIds: readonly (string | null)[];
  readonly folded: OffsetVector;
  readonly published: OffsetVector;
}

/**
 * committed: state, F and outbox are stored, records wait to be published.
 * published: they were published by the same local transaction; skip the drain.
 * fenced: commit chain or epoch moved; nothing was written.
 */
export type CommitOutcome = 'committed' | 'published' | 'fenced';

/** Sweep shards: a fixed part of the layout. A customer's shard is `shardOf(customerId, SWEEP_SHARDS)` of domain/hash. */
export const SWEEP_SHARDS = 64;

/**
 * Keyed state, F and outbox of a partition, moved by one atomic commit. Owner's side.
 * Throws on a store that is away or does not answer in time (outcome unknown: resend the same request; a commit id already stored answers as before).
 */
export interface StateStore {
  /**
   * Takes the partition over for `claimant`; one without an owner takes its first claimant's identity and topic ids. Without a claimant
   * neither is looked at.
   */
  claim(partition: number, claimant?: Claimant): Promise<Claim>;
  /** Whose partition it is; null where it has no owner yet. */
  owner(partition: number): Promise<DeploymentIdentity | null>;
  load(partition: number, customerIds: readonly string[]): Promise<LoadedStates>;
  commit(partition: number, request: CommitRequest): Promise<CommitOutcome>;
  /**
   * Moves F and what is published to where topics that were created again start, records their ids and empties the outbox, which must be
   * published by then. Nothing happens, and false is returned, where commit chain or epoch moved.
   */
  restart(partition: number, request: RestartRequest): Promise<boolean>;
  /** Drops outbox blobs up to and including a commit id, and records that everything below `published` is published. Idempotent. */
  trim(partition: number, commitId: string, published: OffsetVector): Promise<void>;
  /** The newest commit id, '' where there is none: the idle check. */
  newestCommitId(partition: number): Promise<string>;
  /** Customers of one sweep shard of a partition. */
  customersOfShard(partition: number, shard: number): Promise<string[]>;
  close(): Promise<void>;
}

/** Read-only view of the same state, for the api and other services. Never fences an owner. */
export interface StateReader {
  read(partition: number, customerId: string): Promise<Uint8Array | null>;
  folded(partition: number): Promise<OffsetVector | null>;
  /** Every customer of a partition with its state, in no order. */
  scan(partition: number): AsyncIterable<{ customerId: string; state: Uint8Array }>;
  close(): Promise<void>;
}

export type { TopicIndex };
