import type { InputRole } from './event';

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
