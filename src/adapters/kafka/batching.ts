import type { OutgoingRecord } from '../../ports/log';

/** Default bound of one produce request; below Kafka's default max.message.bytes. */
export const DEFAULT_MAX_BATCH_BYTES = 900_000;

/** Bytes of a record in a batch apart from key, value and headers (varint lengths, offset and time deltas). An upper bound. */
const RECORD_OVERHEAD_BYTES = 40;

/** Header names and values are ASCII. Only the group's name may not be: it takes at most 3 bytes per UTF-16 unit. */
function headerBytes({ headers }: OutgoingRecord): number {
  if (headers === undefined) return 0;
  return Object.entries(headers).reduce((sum, [name, value]) => sum + 3 * (name.length + value.length), 0);
}

/**
 * Cuts records, in order, into produce requests of at most `maxBytes`. All records of a partition go into one batch, and the broker
 * refuses a batch above the topic's max.message.bytes. A single larger record gets its own request.
 */
export function toProduceRequests(records: readonly OutgoingRecord[], maxBytes: number): OutgoingRecord[][] {
  const requests: OutgoingRecord[][] = [];
  let pending: OutgoingRecord[] = [];
  let pendingBytes = 0;
  for (const record of records) {
    const bytes = (record.key?.length ?? 0) + (record.value?.length ?? 0) + headerBytes(record) + RECORD_OVERHEAD_BYTES;
    if (pending.length > 0 && pendingBytes + bytes > maxBytes) {
      requests.push(pending);
      pending = [];
      pendingBytes = 0;
    }
    pending.push(record);
    pendingBytes += bytes;
  }
  if (pending.length > 0) requests.push(pending);
  return requests;
}
