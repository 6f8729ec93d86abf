import type { BackfillEntry } from '../domain/backfill-entry';
import type { OutgoingRecord } from './log';

/**
 * What back-fills have written, in the log itself. An entry is appended together with the events that it counts, by a writer that appends all
 * or nothing. So a back-fill that was killed goes on with the row after its last entry.
 */
export interface BackfillLedger {
  /** The newest entry of each file. */
  entries(): Promise<BackfillEntry[]>;
  /** The entry as a record, to be appended with its events. */
  record(entry: BackfillEntry, timestampMs: number): OutgoingRecord;
}
