/** A row of an event file, as text. Columns that the file does not have are missing. */
export interface EventFileRow {
  /** Line in the file. The header is line 1. */
  readonly line: number;
  readonly columns: Readonly<Record<string, string | undefined>>;
}

/** A line that is not a valid row: its number and its fault. */
export interface BrokenRow {
  readonly line: number;
  readonly fault: string;
}

/** An event file, read once from beginning to end. The caller interprets the columns. */
export interface EventFile {
  /** Short name, which becomes part of the event ids. */
  readonly name: string;
  /** Size of the text, bytes. */
  readonly bytesTotal: number;
  /** Bytes of the text up to the last row returned; all bytes at the end. */
  bytesRead(): number;
  /** Rows in order, including invalid ones. Rejects if the file can't be read, or if it lacks a column of `required`. */
  rows(required: readonly string[]): AsyncIterable<EventFileRow | BrokenRow>;
}
