import type { Message, TopicMessages } from 'kafkajs';
import type { OutgoingRecord } from '../../ports/log';

/** Default bound of one produce request; below Kafka's default max.message.bytes. */
export const DEFAULT_MAX_BATCH_BYTES = 900_000;

/** What a record costs in a batch beside its key, value and headers, generously: varint lengths, offset and time deltas. */
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

/** Names and values of this program are ASCII but for the group's name, of at most 3 bytes for each UTF-16 unit. */
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
 * Cuts records, in order, into produce requests of at most `maxBytes`. kafkajs puts all records of a partition into one batch, and
 * a batch above the topic's max.message.bytes is refused. A single larger record travels alone.
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
