import { rename, rm } from 'node:fs/promises';
import type { Cell, Column, TableWriter } from '../../ports/score-table';

const TYPES = { text: 'STRING', number: 'DOUBLE', whole: 'INT32' } as const;

/** Collects the columns, because Parquet stores them one after the other. The library is loaded for such files only. */
export class ParquetWriter implements TableWriter {
  private readonly data: Cell[][];

  constructor(
    private readonly part: string,
    private readonly path: string,
    private readonly columns: readonly Column[],
  ) {
    this.data = columns.map(() => []);
  }

  async write(rows: readonly (readonly Cell[])[]): Promise<void> {
    for (const row of rows) this.data.forEach((cells, i) => void cells.push(row[i]!));
  }

  async close(): Promise<void> {
    const { parquetWriteFile } = await import('hyparquet-writer');
    const columnData = this.columns.map(({ name, type }, i) => ({ name, data: this.data[i]!, type: TYPES[type] }));
    await parquetWriteFile({ filename: this.part, columnData });
    await rename(this.part, this.path);
  }

  async discard(): Promise<void> {
    await rm(this.part, { force: true });
  }
}
