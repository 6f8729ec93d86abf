import type { InputRole } from '../domain/event';
import type { OutgoingRecord } from './log';

/** How far one file of history has been written into the input topics. */
export interface BackfillEntry {
  /** SHA-256 of the file, hex. */
  readonly digest: string;
  /** Name of the file, with which its event ids begin. */
  readonly name: string;
  /** Digest of the options by which the file was read. Others would make other events of the same rows. */
  readonly reading: string;
  /** Every row up to this one was written or left out. */
  readonly rows: number;
  /** Events written of them. */
  readonly events: number;
  readonly isComplete: boolean;
  /** When live traffic began, by topic, ms. Rows at or after it are left out. Absent where there was none. */
  readonly liveSinceMs: Readonly<Partial<Record<InputRole, number>>>;
}

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
