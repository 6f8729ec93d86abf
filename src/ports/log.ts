/** The event log in the callers' words: records in partitions of topics. Offsets are numbers below 2^53. */

export interface LogRecord {
  readonly offset: number;
  /** Log timestamp, ms since the epoch. */
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** Absent where the record has none. Not for what a reader needs to understand it: provenance and the like. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Present where this stands for records that could not be read: key and value are null, and say nothing. */
  readonly unreadable?: UnreadableBatch;
}

/** A batch of records, or the rest of one, that is damaged or larger than this program takes. */
export interface UnreadableBatch {
  /** What is wrong, a clause. */
  readonly detail: string;
  /** Last offset of the batch; the record's own offset is the first that could not be read. */
  readonly lastOffset: number;
  /** Size of the whole batch as the log holds it. */
  readonly bytes: number;
  /** SHA-256 of these bytes, hex. */
  readonly sha256: string;
}

export interface OutgoingRecord {
  readonly topic: string;
  readonly partition: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  readonly timestampMs: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface TopicSpec {
  readonly name: string;
  readonly partitions: number;
  /** Compacted topics keep the last record per key. */
  readonly compacted: boolean;
  readonly minCompactionLagMs?: number;
  /** How long a tombstone of a compacted topic can still be read. */
  readonly tombstonesKeptMs?: number;
  readonly retentionMs?: number;
  readonly maxMessageBytes?: number;
  /** Names of topics whose largest record must fit into a record of this one, beside `fitsRoomBytes` of its own. */
  readonly fits?: readonly string[];
  readonly fitsRoomBytes?: number;
}

export interface TopicFault {
  readonly topic: string;
  /** What is wrong and how to mend it, one sentence. */
  readonly fault: string;
  /** The deployment runs with it, a little worse: setup says it and succeeds, so that an upgrade is not held up. */
  readonly isBearable?: true;
}

/** Creates what is missing and reports what differs; changes nothing that exists. */
export interface TopicAdmin {
  ensureTopics(specs: readonly TopicSpec[]): Promise<{ created: string[]; faults: TopicFault[] }>;
  /** Partition count per topic; a topic that does not exist is absent. */
  partitionCounts(topics: readonly string[]): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}

/** Appends records; each call is acknowledged as a whole. No exactly-once: that is {@link FencedPublisher}'s business. */
export interface LogWriter {
  append(records: readonly OutgoingRecord[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * An append of a fenced writer: opening one ends the writer of the same name before it. What that writer had begun is then settled,
 * whole or not at all, and its later appends reject with this.
 */
export class WriterFenced extends Error {
  readonly code = 'writer-fenced';
  override readonly name = 'WriterFenced';

  constructor(writer: string, cause?: unknown) {
    super(`another process has opened the writer ${writer} since and goes on; this one writes nothing more`, { cause });
  }
}

export interface LogBounds {
  /** First offset still held. */
  readonly start: number;
  /** One past the last committed record: a reader that has read up to `end` has read to the end. */
  readonly end: number;
}

export interface LogBatch {
  readonly topic: string;
  readonly partition: number;
  /** Committed records only, in offset order; gaps are legal; may be empty when only `nextOffset` moved. */
  readonly records: readonly LogRecord[];
  /** Where to go on reading after this batch. */
  readonly nextOffset: number;
  /** End of the log when it was fetched: nextOffset >= end means read to the end. */
  readonly end: number;
}

export interface ReadPosition {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/**
 * Reads partitions from positions that the caller keeps (the trainer, the api, the audit, the model registry).
 * Not its business: consumer groups, ownership, remembering positions.
 */
export interface LogReader {
  bounds(topic: string, partition: number): Promise<LogBounds>;
  /**
   * Delivers batches from `positions` on, one at a time (the next waits for the promise), forever until `signal` aborts.
   * Survives the log being away, with back-off. Rejects on a fault of the handler. A position below `bounds.start` goes on from `start`.
   */
  follow(
    positions: readonly ReadPosition[],
    onBatch: (batch: LogBatch) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void>;
  /** Like follow, but ends at the `end` each partition had when called. */
  readToEnd(positions: readonly ReadPosition[], onBatch: (batch: LogBatch) => Promise<void>): Promise<void>;
  close(): Promise<void>;
}
