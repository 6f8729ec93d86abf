import type { OffsetVector, TopicIndex } from '../domain/event';
import type { OutboxRecord } from './state-store';

/** published: committed. fenced: another owner took over. unknown: discard this publisher and take ownership again; never retried. */
export type PublishOutcome = 'published' | 'fenced' | 'unknown';

export interface GroupOffsets {
  /** Emitted offset per input topic. Null if the group has no offsets. */
  readonly emitted: OffsetVector | null;
  /** Topics whose offset has no mark of this program: another tool wrote it, or an older version without marks. */
  readonly unmarked: readonly TopicIndex[];
  /** Topics whose offset was moved by a transaction with records: if it was committed, the output topics show them. */
  readonly withRecords: readonly TopicIndex[];
}

/** The emitted offsets that follow from the newest committed records of both output topics. */
export interface OutputTail {
  /** Everything below is published, per input topic; 0 says nothing. */
  readonly emitted: OffsetVector;
  /** No record beyond `emitted` was published. False if an older version wrote the newest records, or some could not be read. */
  readonly exact: boolean;
}

/** Facts in the log about the emitted offsets: the group's offsets, and then the newest records. */
export interface EmittedFacts extends GroupOffsets {
  /**
   * Null if it proves nothing: records and emitted offsets do not move together, or the emitted offsets can't go back (the store's own
   * transaction moves them).
   */
  readonly tail: OutputTail | null;
}

/** Publishes one partition's outbox and emitted offsets, as its only owner. The facts are from the time when ownership was taken. */
export interface FencedPublisher extends EmittedFacts {
  /** The current facts. The latest publications may be missing. */
  readEmitted(): Promise<EmittedFacts>;
  /** Maximum bytes of a dead letter that the log accepts now, key and value together. Missing if there is no limit. */
  readonly maxLetterBytes?: number;
  /** Publishes records and the new emitted offsets, all or nothing. */
  publish(records: readonly OutboxRecord[], emitted: OffsetVector): Promise<PublishOutcome>;
  /** The error of the last publish if it was not confirmed; else null. Missing if the adapter has no such errors. */
  lastError?(): unknown;
  close(): Promise<void>;
}

/** Taking ownership fences the previous owner of p and settles its transaction. Only then the emitted offsets and the tail are read. */
export interface PublisherOwnership {
  own(partition: number): Promise<FencedPublisher>;
  close(): Promise<void>;
}
