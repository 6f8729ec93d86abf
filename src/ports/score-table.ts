/** A cell of a table of scores. Null: there is no such figure. */
export type Cell = string | number | null;

export interface Column {
  readonly name: string;
  readonly type: 'text' | 'number' | 'whole';
}

/** A file of rows that appears whole or not at all. */
export interface TableWriter {
  /** Rows in the order of the columns. */
  write(rows: readonly (readonly Cell[])[]): Promise<void>;
  /** Completes the file and gives it its name. Without it, nothing is left under that name. */
  close(): Promise<void>;
  /** After a failure: removes what was written. */
  discard(): Promise<void>;
}
