/** A row of a recording of customers' events, as text; columns that the recording lacks are absent. */
export interface RecordedRow {
  /** Line in the file, the header being 1. */
  readonly line: number;
  readonly columns: Readonly<Record<string, string | undefined>>;
}

/** A line that is no row: its number and what is wrong with it. */
export interface BrokenRow {
  readonly line: number;
  readonly fault: string;
}

/** A recording, read once from beginning to end. Not its business: what the columns mean. */
export interface RecordedEvents {
  /** Short name, part of the event ids made from it. */
  readonly name: string;
  /** Size of the text, bytes. */
  readonly bytesTotal: number;
  /** Bytes of the text up to the last row handed out; the whole at the end. */
  bytesRead(): number;
  /** Rows in order, broken ones as they are found. Rejects where it can't be read on, or lacks a column of `required`. */
  rows(required: readonly string[]): AsyncIterable<RecordedRow | BrokenRow>;
}
