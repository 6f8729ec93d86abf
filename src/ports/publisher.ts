import type { OffsetVector, TopicIndex } from '../domain/event';
import type { OutboxRecord } from './state-store';

/** published: committed. fenced: another owner took over. unknown: throw this publisher away and own again; never retried. */
export type PublishOutcome = 'published' | 'fenced' | 'unknown';

export interface GroupOffsets {
  /** Everything below is published, per input topic; null where the group has no offsets. */
  readonly emitted: OffsetVector | null;
  /** Topics whose offset bears no mark of this program: a person's tool wrote it, or a version before the mark was introduced. */
  readonly unmarked: readonly TopicIndex[];
  /** Topics whose offset was moved by a transaction with records: if it was committed, the output topics show them. */
  readonly withRecords: readonly TopicIndex[];
}

/** What the newest committed records of both output topics say about E. */
export interface OutputTail {
  /** Everything below is published, per input topic; 0 says nothing. */
  readonly emitted: OffsetVector;
  /** No record beyond `emitted` was published. False if an older version wrote the newest records, or some could not be read. */
  readonly exact: boolean;
}

/** What the log says of E: the group's offsets, and after them the newest records. */
export interface EmittedFacts extends GroupOffsets {
  /** Null where it proves nothing: records and E do not move together, or E cannot go back (the store's own transaction moves it). */
  readonly tail: OutputTail | null;
}

/** Publishes one partition's outbox together with E, as its only living owner. The facts are those of when ownership was taken. */
export interface FencedPublisher extends EmittedFacts {
  /** The same now. What was published a moment ago may not show yet. */
  readEmitted(): Promise<EmittedFacts>;
  /** Largest dead letter that the log takes now, key and value together, bytes; absent where it takes any. */
  readonly maxLetterBytes?: number;
  /** Records and the new E, all or nothing. */
  publish(records: readonly OutboxRecord[], emitted: OffsetVector): Promise<PublishOutcome>;
  /** What the last publish met if it was not confirmed; null if nothing. Absent where an adapter has no such fault. */
  lastError?(): unknown;
  close(): Promise<void>;
}

/** Taking ownership fences the previous owner of p, settles its transaction, and only then reads E and the tail of the output topics. */
export interface PublisherOwnership {
  own(partition: number): Promise<FencedPublisher>;
  close(): Promise<void>;
}
