import { createWriteStream, type WriteStream } from 'node:fs';
import { open, realpath, rename, rm } from 'node:fs/promises';
import { extname } from 'node:path';
import { finished } from 'node:stream/promises';
import type { Cell, Column, TableWriter } from '../../ports/score-table';
import { type Output, outputFault } from './output';
import { ParquetWriter } from './parquet-writer';
import { unfinished } from './unfinished';
import { partOf } from './whole-file';

export const TABLE_FORMATS = ['.csv', '.jsonl', '.ndjson', '.parquet'] as const;

/** A name whose ending says no format. */
export class UnknownTableFormat extends Error {
  constructor({ option, path }: Output) {
    super(`${option} ${path}: the ending says the format; use .csv, .jsonl or .parquet`);
  }
}

/** Throws UnknownTableFormat if the name says no format. */
export function requireTableFormat(output: Output): void {
  const ending = extname(output.path).toLowerCase();
  if (!(TABLE_FORMATS as readonly string[]).includes(ending)) throw new UnknownTableFormat(output);
}

/**
 * Opens a file of the format that its name ends in. It is written beside its place, and moved there by `close`. If the process ends before,
 * nothing is left of it. Rejects with OutputError.
 */
export async function openTableWriter(output: Output, columns: readonly Column[]): Promise<TableWriter> {
  requireTableFormat(output);
  // A link stays one.
  const path = await realpath(output.path).catch(() => output.path);
  const part = partOf(path);
  const settled = unfinished(part, output.path);
  try {
    await (await open(part, 'w')).close();
  } catch (error) {
    settled();
    throw outputFault(output, error);
  }
  return new PartTable(tableWriter(part, path, extname(output.path).toLowerCase(), columns), output, settled);
}

function tableWriter(part: string, path: string, ending: string, columns: readonly Column[]): TableWriter {
  if (ending === '.parquet') return new ParquetWriter(part, path, columns);
  const lines = ending === '.csv' ? csvLines(columns) : jsonLines(columns);
  return new TextTable(createWriteStream(part), part, path, lines);
}

/** Names the output in what goes wrong. */
class PartTable implements TableWriter {
  constructor(
    private readonly table: TableWriter,
    private readonly output: Output,
    private readonly settled: () => void,
  ) {}

  write(rows: readonly (readonly Cell[])[]): Promise<void> {
    return this.named(this.table.write(rows));
  }

  async close(): Promise<void> {
    await this.named(this.table.close());
    this.settled();
  }

  async discard(): Promise<void> {
    await this.table.discard();
    this.settled();
  }

  private named(work: Promise<void>): Promise<void> {
    return work.catch((error) => {
      throw outputFault(this.output, error);
    });
  }
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
