/** A row of a table, as text. A missing value is the empty text. */
export interface TableRow {
  /** Number of the row as {@link TableFile.rowName} counts. */
  readonly line: number;
  /** One text for each column that was asked for, in that order. */
  readonly cells: readonly string[];
}

/** A part of the file that is no row: its number and its fault. */
export interface BrokenRow {
  readonly line: number;
  /** What stands there. Default: something that is no row. */
  readonly what?: string;
  readonly fault: string;
}

/** A file of rows with named columns. It can be read several times. The caller interprets the cells. */
export interface TableFile {
  /** As the user gave it, for messages. */
  readonly path: string;
  /** Short name, which becomes part of the event ids. */
  readonly name: string;
  /** What a row's number counts: lines of a text (the header is line 1), or rows of a Parquet file (from 1). */
  readonly rowName: 'line' | 'row';
  /** Names of the columns, as they stand in the file. */
  readonly header: readonly string[];
  /** Whether a column, by its position, holds numbers or times and no texts: then a number has a decimal point. */
  isTyped(column: number): boolean;
  /** What was found out about the form of the file and differs from the default, for instance the delimiter. */
  readonly notes: readonly string[];
  /** Size of the content, bytes. For progress only. */
  readonly bytesTotal: number;
  /** Bytes of the content up to the last rows returned, about; all bytes at the end. */
  bytesRead(): number;
  /** Rows in order and in batches, broken ones included. Rejects if the file can't be read. `columns`: positions in the header. */
  rows(columns: readonly number[]): AsyncIterable<readonly (TableRow | BrokenRow)[]>;
}

/** A file that can't be read at all. The message names the file and the fix. */
export class FileError extends Error {}
