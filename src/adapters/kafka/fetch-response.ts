import { createHash } from 'node:crypto';
import type { LogBatch, LogRecord } from '../../ports/log';
import { inflate } from './compression/inflate';
import type { FetchedPartition } from './fetch-request';
import type { EpochSpan } from './leader-epochs';
import {
  batchAt,
  controlType,
  damageOf,
  packedRecords,
  type RecordBatch,
  RecordCursor,
  type WireRecord,
} from './record-batch';

/** Limits of one batch and of one reading. */
export interface DecodeBounds {
  /** Decompressed bytes of one batch. The rest of a larger batch is unreadable. */
  readonly batchBytes: number;
  /** Records of one batch. Records beyond it are not read. */
  readonly batchRecords: number;
  /** Bytes and records after which the rest is left to the next fetch. At least one record is always taken. */
  readonly partBytes: number;
  readonly partRecords: number;
}

const DEFAULT_BATCH_BYTES = 32 * 1024 * 1024;

export function decodeBounds(batchBytes = DEFAULT_BATCH_BYTES): DecodeBounds {
  return { batchBytes, batchRecords: 500_000, partBytes: 8 * 1024 * 1024, partRecords: 100_000 };
}

export interface ReadPartition {
  /** null if the answer had no batch. */
  readonly batch: LogBatch | null;
  /** Bytes of the records in `batch`. */
  readonly bytes: number;
  /** The leader epochs of the records read. */
  readonly epochs: readonly EpochSpan[];
  /** A damaged batch that was skipped for now: the next fetch may return it intact. */
  readonly damaged: { readonly offset: number; readonly detail: string } | null;
}

const ABORT = 0;

/** Kafka's offsets are int64. Ours are numbers, exact below 2^53. */
export function toOffset(text: string): number {
  const offset = Number(text);
  if (!Number.isSafeInteger(offset)) throw new RangeError(`offset ${text} is not below 2^53`);
  return offset;
}

/** End of what a read-committed reader can see: the last stable offset, or the high watermark if the broker does not send it. */
export function visibleEnd({ lastStableOffset, highWatermark }: FetchedPartition): number {
  return lastStableOffset >= 0 ? lastStableOffset : highWatermark;
}

/** Which batches to return. */
export interface BatchFilter {
  /** True: a batch with a wrong checksum is returned as unreadable. False: reading stops in front of it. */
  readonly takesDamaged: boolean;
  /** Skips batches that were appended outside of a transaction. */
  readonly onlyTransactional?: boolean;
}

/**
 * Converts a fetched partition to the port's form: records from `from` on, without control records and aborted transactions. It works batch
 * by batch, so an unreadable batch costs no other.
 * `nextOffset` follows the last batch, not its last record: compaction may have removed the records at a batch's end, or all of them.
 */
export async function readPartition(
  fetched: FetchedPartition,
  from: number,
  bounds: DecodeBounds,
  { takesDamaged, onlyTransactional = false }: BatchFilter,
): Promise<ReadPartition> {
  const part = new Part(from, bounds);
  const aborted = new AbortedTransactions(fetched);
  const epochs: EpochSpan[] = [];
  let damaged: ReadPartition['damaged'] = null;
  for (let at = 0; !part.isFull; ) {
    const batch = batchAt(fetched.records, at);
    if (batch === null) break;
    at += batch.bytes.length;
    if (!Number.isSafeInteger(batch.lastOffset)) throw new RangeError(`offset ${batch.lastOffset} is not below 2^53`);
    const detail = damageOf(batch);
    if (detail !== null && !takesDamaged) {
      damaged = { offset: batch.firstOffset, detail };
      break;
    }
    if (detail === null) epochs.push({ epoch: batch.leaderEpoch, start: batch.firstOffset, end: batch.lastOffset + 1 });
    aborted.reach(batch.lastOffset);
    if (batch.isControl && detail === null) aborted.end(batch);
    if (batch.lastOffset < part.next) continue;
    if (detail !== null) part.unreadable(batch, detail);
    else if (batch.magic < 2)
      part.unreadable(batch, `it has format ${batch.magic} of before Kafka 0.11: copy the topic with a newer client`);
    else if (
      !batch.isControl &&
      !aborted.has(batch) &&
      (batch.isTransactional || !onlyTransactional) &&
      !(await part.take(batch))
    )
      break;
    part.passed(batch);
  }
  if (!part.isStarted) return { batch: null, bytes: 0, epochs: [], damaged };
  const { topic, partition } = fetched;
  const end = Math.max(visibleEnd(fetched), part.next);
  const batch = { topic, partition, records: part.records, nextOffset: part.next, end };
  return { batch, bytes: part.bytes, epochs, damaged };
}

/** Tracks the producers whose transactions are aborted at an offset, as Java's fetcher does. */
class AbortedTransactions {
  private readonly aborted: FetchedPartition['aborted'];
  private readonly open = new Set<bigint>();
  private opened = 0;

  constructor(fetched: FetchedPartition) {
    this.aborted = [...fetched.aborted].sort((a, b) => a.firstOffset - b.firstOffset);
  }

  /** Opens every aborted transaction that begins at or before the offset, also if compaction removed records between. */
  reach(offset: number): void {
    for (; this.opened < this.aborted.length && this.aborted[this.opened]!.firstOffset <= offset; this.opened++) {
      this.open.add(this.aborted[this.opened]!.producerId);
    }
  }

  end(batch: RecordBatch): void {
    if (controlType(batch) === ABORT) this.open.delete(batch.producerId);
  }

  has({ isTransactional, producerId }: RecordBatch): boolean {
    return isTransactional && this.open.has(producerId);
  }
}

/** What is taken of one partition of an answer. */
class Part {
  readonly records: LogRecord[] = [];
  bytes = 0;
  next: number;
  isStarted = false;

  constructor(
    private readonly from: number,
    private readonly bounds: DecodeBounds,
  ) {
    this.next = from;
  }

  get isFull(): boolean {
    return this.bytes >= this.bounds.partBytes || this.records.length >= this.bounds.partRecords;
  }

  passed(batch: RecordBatch): void {
    this.isStarted = true;
    this.next = Math.max(this.next, batch.lastOffset + 1);
  }

  /**
   * Takes the records from the position on, and one placeholder for the unreadable rest. Returns false if a limit is reached before the
   * batch's end.
   */
  async take(batch: RecordBatch): Promise<boolean> {
    const { bytes, fault } = await inflate(batch.codec, packedRecords(batch), this.bounds.batchBytes);
    const cursor = new RecordCursor(batch, bytes);
    for (let count = 0; ; count++) {
      const read = this.nextOf(cursor, count);
      if (read === null) return true;
      if ('detail' in read) {
        this.unreadable(batch, fault ?? read.detail);
        return true;
      }
      if (read.offset < this.from) continue;
      // The limit is reached. The next fetch begins with this record.
      if (this.isFull) return false;
      this.add(read);
    }
  }

  /** One placeholder for the rest of the batch, from the position on. */
  unreadable(batch: RecordBatch, detail: string): void {
    const offset = batch.magic < 2 ? this.next : Math.max(this.next, batch.firstOffset);
    const lastOffset = Math.max(offset, batch.lastOffset);
    const sha256 = createHash('sha256').update(batch.bytes).digest('hex');
    const unreadable = { detail, lastOffset, bytes: batch.bytes.length, sha256 };
    this.records.push({ offset, timestampMs: batch.largestTimestampMs, key: null, value: null, unreadable });
    this.isStarted = true;
    this.next = lastOffset + 1;
  }

  private nextOf(cursor: RecordCursor, count: number): WireRecord | { readonly detail: string } | null {
    try {
      const record = cursor.next();
      if (record === null || count < this.bounds.batchRecords) return record;
      return { detail: `the batch holds more than ${this.bounds.batchRecords} records` };
    } catch (error) {
      return { detail: (error as Error).message };
    }
  }

  private add({ offset, timestampMs, key, value, headers, bytes }: WireRecord): void {
    this.records.push({ offset, timestampMs, key, value, ...(headers === null ? {} : { headers }) });
    this.bytes += bytes;
    this.isStarted = true;
    this.next = offset + 1;
  }
}
