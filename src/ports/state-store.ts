import type { Claimant, DeploymentIdentity } from '../domain/deployment-identity';
import type { OffsetVector, TopicIndex } from '../domain/event';

/** A record waiting to be published, with the highest input position it covers per topic. */
export interface OutboxRecord {
  /** 'update' goes to clv-updates, 'dead-letter' to clv-dead-letters, in the same partition as the input. */
  readonly kind: 'update' | 'dead-letter';
  readonly key: Uint8Array | null;
  readonly value: Uint8Array;
  /** Log timestamp of the input that caused it. The published record gets its timestamp when it is written. */
  readonly timestampMs: number;
  /** Per input topic the highest offset this record covers, −1 for none. */
  readonly covers: OffsetVector;
}

/** Records of one commit that are not yet confirmed as published. */
export interface OutboxBlob {
  readonly commitId: string;
  /** Folded offsets after the commit. */
  readonly folded: OffsetVector;
  readonly records: readonly OutboxRecord[];
}

export interface PartitionMeta {
  /** The last 8 commit ids, newest last; never empty. */
  readonly commitIds: readonly string[];
  readonly commits: number;
  /** Folded offsets (F): per input topic, the next offset to fold. */
  readonly folded: OffsetVector;
  /** Everything below is confirmed as published (set at trim). */
  readonly published: OffsetVector;
}

export interface Claim {
  /** Owner epoch, raised by this claim. */
  readonly epoch: number;
  /**
   * Format level at which the owner writes. It belongs to the claim: a change raises the epoch, so that commits at the previous level
   * are refused. A partition without an earlier claim starts at the newest level.
   */
  readonly format: number;
  /** Null if nothing was ever committed for this partition, or if it was lost. */
  readonly meta: PartitionMeta | null;
  readonly outbox: readonly OutboxBlob[];
  /** Ids of the input topics to which the folded offsets refer, by TopicIndex. Missing if none were recorded. */
  readonly topicIds?: readonly (string | null)[];
  /** Set if the claim was refused because the partition belongs to another deployment (as text). Nothing was changed. */
  readonly foreign?: string;
  /** Set if the claim was refused because the state was folded with this other partition count. */
  readonly foldedWith?: number;
}

export interface LoadedStates {
  /** The newest commit id at the time of the read, '' if there is none. A commit may only follow the commit that it read. */
  readonly commitId: string;
  /** In the order of the ids; null for a customer without a state: never seen, or {@link vanished}. */
  readonly states: readonly (Uint8Array | null)[];
  /** The ids that have no state although their shard lists them: the state was deleted or evicted. */
  readonly vanished: readonly string[];
}

export interface CommitRequest {
  readonly epoch: number;
  /** The commit id this commit extends; '' for the first. */
  readonly follows: string;
  readonly commitId: string;
  /** Format level of the states and of the store's own entries. Default: level 1, which every version reads. */
  readonly format?: number;
  readonly states: readonly { readonly customerId: string; readonly state: Uint8Array; readonly isNew: boolean }[];
  readonly folded: OffsetVector;
  readonly records: readonly OutboxRecord[];
}

/** Offsets from which a partition starts again after its input topics were created again. */
export interface RestartRequest {
  readonly epoch: number;
  readonly follows: string;
  readonly topicIds: readonly (string | null)[];
  readonly folded: OffsetVector;
  readonly published: OffsetVector;
}

/**
 * committed: state, folded offsets and outbox are stored; records wait to be published.
 * published: they were published by the same local transaction; skip the drain.
 * fenced: commit chain or epoch moved; nothing was written.
 */
export type CommitOutcome = 'committed' | 'published' | 'fenced';

/** Sweep shards: a fixed part of the layout. A customer's shard is `shardOf(customerId, SWEEP_SHARDS)` of domain/hash. */
export const SWEEP_SHARDS = 64;

/**
 * Keyed state, folded offsets and outbox of a partition, changed by one atomic commit. For the owner. Throws if the store is
 * unreachable or does not respond in time. The outcome is then unknown: resend the same request. If its commit id is already stored,
 * the result is the same as before.
 */
export interface StateStore {
  /**
   * Takes the partition over for `claimant`. A partition without an owner gets the identity and topic ids of its first claimant. Without
   * `claimant`, neither is checked.
   */
  claim(partition: number, claimant?: Claimant): Promise<Claim>;
  /** The deployment that owns the partition; null if it has no owner yet. */
  owner(partition: number): Promise<DeploymentIdentity | null>;
  load(partition: number, customerIds: readonly string[]): Promise<LoadedStates>;
  commit(partition: number, request: CommitRequest): Promise<CommitOutcome>;
  /**
   * Sets folded and published offsets to the start of topics that were created again, records their ids and empties the outbox. The
   * outbox must be published before. If commit chain or epoch moved, it changes nothing and returns false.
   */
  restart(partition: number, request: RestartRequest): Promise<boolean>;
  /** Drops outbox blobs up to and including a commit id, and records that everything below `published` is published. Idempotent. */
  trim(partition: number, commitId: string, published: OffsetVector): Promise<void>;
  /** The newest commit id, '' if there is none. For the idle check. */
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
