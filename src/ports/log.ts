/** The event log: records in partitions of topics. Offsets are numbers below 2^53. */

import { countFaults, loneCountFault } from '../domain/partition-counts';

export interface LogRecord {
  readonly offset: number;
  /** Log timestamp, ms since the epoch. */
  readonly timestampMs: number;
  readonly key: Uint8Array | null;
  readonly value: Uint8Array | null;
  /** Missing if the record has none. For metadata such as provenance; a reader must not depend on them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Set if this represents records that could not be read. Key and value are then null. */
  readonly unreadable?: UnreadableBatch;
}

/** A batch of records, or the rest of one, that is damaged or larger than the program's limit. */
export interface UnreadableBatch {
  /** The fault, as a clause. */
  readonly detail: string;
  /** Last offset of the batch; the record's own offset is the first that could not be read. */
  readonly lastOffset: number;
  /** Size of the whole batch in the log. */
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
  /** Its partition count has nothing to do with that of the others. */
  readonly standsAlone?: true;
  /** Compacted topics keep the last record per key. */
  readonly compacted: boolean;
  readonly minCompactionLagMs?: number;
  /** How long a tombstone of a compacted topic can still be read. */
  readonly tombstonesKeptMs?: number;
  /** How long records are kept, ms. −1 for ever. */
  readonly retentionMs?: number;
  readonly maxMessageBytes?: number;
  /** The log stamps records when it appends them. A writer's clock that is ahead can then have no record refused. */
  readonly stampedByLog?: boolean;
  /** Records whose timestamps are later than the log's clock by more than this are refused by the log, ms. */
  readonly maxAheadMs?: number;
  /** Topics whose largest record must fit into a record of this one, together with `fitsRoomBytes`. */
  readonly fits?: readonly string[];
  readonly fitsRoomBytes?: number;
}

export interface TopicFault {
  readonly topic: string;
  /** One sentence with the fault and the remedy. */
  readonly fault: string;
  /** The deployment works with the fault, with a small disadvantage. Setup reports it and succeeds, so that it does not block an upgrade. */
  readonly isBearable?: true;
  /** Its partition count. Topics that setup would create beside it would not fit it. */
  readonly isCount?: true;
}

/** Faults of the partition counts of existing topics. */
export function topicCountFaults(specs: readonly TopicSpec[], counts: ReadonlyMap<string, number>): TopicFault[] {
  const existing = specs.filter(({ name }) => counts.has(name));
  const countsOf = (some: readonly TopicSpec[]) => new Map(some.map(({ name }) => [name, counts.get(name)!]));
  // Those of one wanted count must agree.
  const keyed = existing.filter(({ standsAlone }) => !standsAlone);
  const wanted = new Set(keyed.map(({ partitions }) => partitions));
  const faults = [
    ...[...wanted].flatMap((count) =>
      countFaults(countsOf(keyed.filter(({ partitions }) => partitions === count)), count),
    ),
    ...existing
      .filter(({ standsAlone, partitions, name }) => standsAlone && counts.get(name) !== partitions)
      .map(({ name, partitions }) => loneCountFault(name, counts.get(name)!, partitions)),
  ];
  return faults.map((fault) => ({ ...fault, isCount: true }));
}

/** Creates missing topics and reports differences. It never changes existing topics. */
export interface TopicAdmin {
  ensureTopics(specs: readonly TopicSpec[]): Promise<{ created: string[]; faults: TopicFault[] }>;
  /** As ensureTopics, but creates nothing. `faults` are those of the topics that exist. */
  checkTopics(specs: readonly TopicSpec[]): Promise<{ missing: string[]; faults: TopicFault[] }>;
  /** Partition count per topic. Topics that do not exist are missing. */
  partitionCounts(topics: readonly string[]): Promise<ReadonlyMap<string, number>>;
  close(): Promise<void>;
}

/** Appends records. Each call is acknowledged as a whole. It is not exactly-once; {@link FencedPublisher} is. */
export interface LogWriter {
  append(records: readonly OutgoingRecord[]): Promise<void>;
  close(): Promise<void>;
}

/**
 * Rejection of an append by a fenced writer. Opening a writer fences the previous writer of the same name. Its pending append is
 * completed or aborted as a whole, and its later appends reject with this error.
 */
export class WriterFenced extends Error {
  readonly code = 'writer-fenced';
  override readonly name = 'WriterFenced';

  constructor(writer: string, cause?: unknown) {
    super(`another process has opened the writer ${writer}; this process stops writing`, { cause });
  }
}

export interface LogBounds {
  /** First offset in the log. */
  readonly start: number;
  /** One past the last committed record: a reader that has read up to `end` has read to the end. */
  readonly end: number;
}

export interface LogBatch {
  readonly topic: string;
  readonly partition: number;
  /** Committed records only, in offset order; gaps are legal; may be empty when only `nextOffset` moved. */
  readonly records: readonly LogRecord[];
  /** The next offset to read. */
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
 * It has no consumer group, no ownership and no stored positions.
 */
export interface LogReader {
  bounds(topic: string, partition: number): Promise<LogBounds>;
  /**
   * Delivers batches from `positions` on, one at a time (the next waits for the promise), until `signal` aborts. If the log is
   * unreachable, it tries again with back-off. Rejects if the handler throws. A position below `bounds.start` is moved to `start`.
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
