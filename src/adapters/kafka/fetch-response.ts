import type { LogBatch, LogRecord } from '../../ports/log';

/** A record as kafkajs decodes it from a fetch response (v4 to v11), with the header of its batch. */
export interface FetchedMessage {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers?: Readonly<Record<string, Buffer | string | (Buffer | string)[] | undefined>>;
  readonly isControlRecord: boolean;
  readonly batchContext: {
    readonly firstOffset: string;
    readonly lastOffsetDelta: number;
    readonly producerId: string;
    readonly inTransaction: boolean;
  };
}

export interface FetchedPartition {
  readonly partition: number;
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly abortedTransactions: readonly { readonly producerId: string; readonly firstOffset: string }[] | null;
  readonly messages: readonly FetchedMessage[];
}

export interface FetchResponse {
  readonly responses: readonly { readonly topicName: string; readonly partitions: readonly FetchedPartition[] }[];
}

/** Kafka's offsets are int64; ours are numbers, exact below 2^53. */
export function toOffset(text: string): number {
  const offset = Number(text);
  if (!Number.isSafeInteger(offset)) throw new RangeError(`offset ${text} is not below 2^53`);
  return offset;
}

/** Control record => key: version (int16), type (int16); type 0 aborts, 1 commits. */
const isAbortMarker = (key: Buffer | null): boolean => key !== null && key.length >= 4 && key.readInt16BE(2) === 0;

/**
 * Records at or above `from` that are neither control records nor part of an aborted transaction. Like the Java client's fetcher, and
 * unlike kafkajs' own filter, which takes any record with the key 00000000 for an abort marker and opens one transaction per record at most.
 */
export function committedRecords(fetched: FetchedPartition, from: number): LogRecord[] {
  const aborted = [...(fetched.abortedTransactions ?? [])].sort(
    (a, b) => Number(a.firstOffset) - Number(b.firstOffset),
  );
  const aborting = new Set<string>();
  const records: LogRecord[] = [];
  let nextAborted = 0;
  for (const message of fetched.messages) {
    const offset = toOffset(message.offset);
    for (; nextAborted < aborted.length && toOffset(aborted[nextAborted]!.firstOffset) <= offset; nextAborted++) {
      aborting.add(aborted[nextAborted]!.producerId);
    }
    const { producerId, inTransaction } = message.batchContext;
    if (message.isControlRecord) {
      if (isAbortMarker(message.key)) aborting.delete(producerId);
    } else if (offset >= from && !(inTransaction && aborting.has(producerId))) {
      const { key, value } = message;
      records.push({ offset, timestampMs: Number(message.timestamp), key, value, ...headersOf(message) });
    }
  }
  return records;
}

/** Nothing where the record has none, as nearly all. */
function headersOf({ headers = {} }: FetchedMessage): Pick<LogRecord, 'headers'> {
  const names = Object.keys(headers);
  return names.length === 0 ? {} : { headers: Object.fromEntries(names.map((name) => [name, String(headers[name])])) };
}

/** End of what a read-committed reader can see: the last stable offset; the high watermark where a broker does not send it. */
export function visibleEnd(fetched: FetchedPartition): number {
  const stable = toOffset(fetched.lastStableOffset);
  return stable >= 0 ? stable : toOffset(fetched.highWatermark);
}

/**
 * A fetched partition as the port wants it; null where the response brought no batch at all. `nextOffset` comes from the header of
 * the last batch, not from its last record: compaction may have removed the records at a batch's end, and going on behind them saves a stall.
 */
export function toLogBatch(topic: string, fetched: FetchedPartition, from: number): LogBatch | null {
  const last = fetched.messages.at(-1);
  if (last === undefined) return null;
  const { firstOffset, lastOffsetDelta } = last.batchContext;
  const nextOffset = Math.max(from, toOffset(firstOffset) + lastOffsetDelta + 1);
  return {
    topic,
    partition: fetched.partition,
    records: committedRecords(fetched, from),
    nextOffset,
    end: Math.max(visibleEnd(fetched), nextOffset),
  };
}
