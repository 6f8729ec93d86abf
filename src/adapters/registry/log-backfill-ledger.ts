import type { BackfillEntry } from '../../domain/backfill-entry';
import type { BackfillLedger } from '../../ports/backfill-ledger';
import type { LogReader, OutgoingRecord } from '../../ports/log';
import { decodeBackfillEntry, encodeBackfillEntry } from '../../serde/backfill-entry-codec';

const PREFIX = 'backfill:';
/** The models topic has one partition. */
const PARTITION = 0;

/** Whether a key of the models topic is that of a back-filled file. */
export function isBackfillKey(key: string): boolean {
  return key.startsWith(PREFIX);
}

/**
 * Entries in the compacted models topic, each under the digest of its file. It is the one topic of a deployment that is kept for ever and has
 * room for more keys. Readers of models skip these keys.
 */
export class LogBackfillLedger implements BackfillLedger {
  constructor(
    private readonly topic: string,
    private readonly reader: LogReader,
  ) {}

  /** Rejects for an entry that can't be read: without it, rows could be written twice. */
  async entries(): Promise<BackfillEntry[]> {
    const { start } = await this.reader.bounds(this.topic, PARTITION);
    const newest = new Map<string, BackfillEntry>();
    await this.reader.readToEnd([{ topic: this.topic, partition: PARTITION, offset: start }], async ({ records }) => {
      for (const { key, value, offset } of records) {
        if (key === null || value === null || !isBackfillKey(new TextDecoder().decode(key))) continue;
        const decoded = decodeBackfillEntry(value);
        if (!decoded.ok) throw new Error(`the entry of a back-fill at ${this.topic}@${offset}: ${decoded.detail}`);
        newest.set(decoded.value.digest, decoded.value);
      }
    });
    return [...newest.values()];
  }

  record(entry: BackfillEntry, timestampMs: number): OutgoingRecord {
    const key = new TextEncoder().encode(PREFIX + entry.digest);
    return { topic: this.topic, partition: PARTITION, key, value: encodeBackfillEntry(entry), timestampMs };
  }
}
