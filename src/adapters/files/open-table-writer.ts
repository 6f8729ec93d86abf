import { createWriteStream, type WriteStream } from 'node:fs';
import { open, rename, rm } from 'node:fs/promises';
import { extname } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Cell, Column, TableWriter } from '../../ports/score-table';
import { ParquetWriter } from './parquet-writer';

export const TABLE_FORMATS = ['.csv', '.jsonl', '.ndjson', '.parquet'] as const;

/** A name whose ending says no format. */
export class UnknownTableFormat extends Error {
  constructor(path: string) {
    super(`${path}: the ending says the format; use .csv, .jsonl or .parquet`);
  }
}

/** Opens a file of the format that its name ends in. It is written beside its place, and moved there by `close`. */
export async function openTableWriter(path: string, columns: readonly Column[]): Promise<TableWriter> {
  const ending = extname(path).toLowerCase();
  const part = `${path}.${process.pid}.part`;
  if (!(TABLE_FORMATS as readonly string[]).includes(ending)) throw new UnknownTableFormat(path);
  // A folder that is missing must be found before the work. A file of somebody else is not overwritten.
  await (await open(part, 'wx')).close();
  if (ending === '.parquet') return new ParquetWriter(part, path, columns);
  const lines = ending === '.csv' ? csvLines(columns) : jsonLines(columns);
  return new TextTable(createWriteStream(part), part, path, lines);
}

interface Lines {
  readonly head: string;
  readonly line: (row: readonly Cell[]) => string;
}

function csvLines(columns: readonly Column[]): Lines {
  const line = (row: readonly Cell[]) => `${row.map(csvCell).join(',')}\n`;
  return { head: line(columns.map(({ name }) => name)), line };
}

/** RFC 4180: a cell with a comma, a quote or a line break stands in quotes. */
function csvCell(cell: Cell): string {
  if (cell === null) return '';
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function jsonLines(columns: readonly Column[]): Lines {
  const line = (row: readonly Cell[]) =>
    `${JSON.stringify(Object.fromEntries(columns.map(({ name }, i) => [name, row[i]!])))}\n`;
  return { head: '', line };
}

class TextTable implements TableWriter {
  constructor(
    private readonly out: WriteStream,
    private readonly part: string,
    private readonly path: string,
    private readonly lines: Lines,
  ) {
    // Each fault reaches who writes, closes or discards. Without a listener it would end the process as well.
    out.on('error', () => {});
    out.write(lines.head);
  }

  async write(rows: readonly (readonly Cell[])[]): Promise<void> {
    const text = rows.map(this.lines.line).join('');
    await new Promise<void>((resolve, reject) => {
      this.out.write(text, (error) => (error ? reject(error) : resolve()));
    });
  }

  async close(): Promise<void> {
    this.out.end();
    await finished(this.out);
    await rename(this.part, this.path);
  }

  async discard(): Promise<void> {
    this.out.destroy();
    // The file may still be about to be opened, and would come again after its removal.
    await finished(this.out).catch(() => {});
    await rm(this.part, { force: true });
  }
}
