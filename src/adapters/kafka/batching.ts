import type { Message, TopicMessages } from 'kafkajs';
import type { OutgoingRecord } from '../../ports/log';

/** Default bound of one produce request; below Kafka's default max.message.bytes. */
export const DEFAULT_MAX_BATCH_BYTES = 900_000;

/** Bytes of a record in a batch apart from key, value and headers (varint lengths, offset and time deltas). An upper bound. */
const RECORD_OVERHEAD_BYTES = 40;

const asBuffer = (bytes: Uint8Array | null): Buffer | null =>
  bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

const toMessage = (record: OutgoingRecord): Message => ({
  partition: record.partition,
  key: asBuffer(record.key),
  value: asBuffer(record.value),
  timestamp: `${record.timestampMs}`,
  ...(record.headers === undefined ? {} : { headers: { ...record.headers } }),
});

/** Header names and values are ASCII. Only the group's name may not be: it takes at most 3 bytes per UTF-16 unit. */
function headerBytes({ headers }: OutgoingRecord): number {
  if (headers === undefined) return 0;
  return Object.entries(headers).reduce((sum, [name, value]) => sum + 3 * (name.length + value.length), 0);
}

function byTopic(records: readonly OutgoingRecord[]): TopicMessages[] {
  const topics = new Map<string, Message[]>();
  for (const record of records) {
    const messages = topics.get(record.topic) ?? [];
    messages.push(toMessage(record));
    topics.set(record.topic, messages);
  }
  return [...topics].map(([topic, messages]) => ({ topic, messages }));
}

/**
 * Cuts records, in order, into produce requests of at most `maxBytes`. kafkajs puts all records of a partition into one batch, and the
 * broker refuses a batch above the topic's max.message.bytes. A single larger record gets its own request.
 */
export function toProduceRequests(records: readonly OutgoingRecord[], maxBytes: number): TopicMessages[][] {
  const requests: TopicMessages[][] = [];
  let pending: OutgoingRecord[] = [];
  let pendingBytes = 0;
  const flush = () => {
    if (pending.length > 0) requests.push(byTopic(pending));
    pending = [];
    pendingBytes = 0;
  };
  for (const record of records) {
    const bytes = (record.key?.length ?? 0) + (record.value?.length ?? 0) + headerBytes(record) + RECORD_OVERHEAD_BYTES;
    if (pendingBytes + bytes > maxBytes) flush();
    pending.push(record);
    pendingBytes += bytes;
  }
  flush();
  return requests;
}
