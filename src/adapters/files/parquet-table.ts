import type { FileMetaData, SchemaTree } from 'hyparquet' with { 'resolution-mode': 'import' };
import { type BrokenRow, FileError, type TableFile, type TableRow } from '../../ports/table-file';
import { tableName } from './csv-table';
import { asStored, CellFault, cellReader, columnFault, isText, PARSERS } from './parquet-cell';
import { unreadable } from './regular-file';

const BATCH = 1_000;

/** Opens a Parquet file. The library is loaded for such files only. */
export async function openParquet(path: string): Promise<TableFile> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetSchema } = await import('hyparquet');
  const file = await asyncBufferFromFile(path);
  try {
    const metadata = await parquetMetadataAsync(file);
    const { children } = parquetSchema(metadata);
    return new ParquetTable(path, children, { ...metadata, schema: metadata.schema.map(asStored) }, file.byteLength);
  } catch (error) {
    throw damaged(path, error);
  }
}

class ParquetTable implements TableFile {
  readonly rowName = 'row';
  readonly notes: readonly string[] = [];
  readonly header: readonly string[];
  private consumed = 0;

  constructor(
    readonly path: string,
    private readonly schema: readonly SchemaTree[],
    private readonly metadata: FileMetaData,
    readonly bytesTotal: number,
  ) {
    this.header = schema.map(({ element }) => element.name);
  }

  get name(): string {
    return tableName(this.path);
  }

  isTyped(column: number): boolean {
    return !isText(this.schema[column]!.element);
  }

  bytesRead(): number {
    return this.consumed;
  }

  /** Holds the columns of one row group at a time: Parquet stores a group column by column. */
  async *rows(columns: readonly number[]): AsyncGenerator<(TableRow | BrokenRow)[]> {
    for (const column of columns) this.requireCells(this.schema[column]!);
    const names = columns.map((column) => this.header[column]!);
    const readers = columns.map((column) => cellReader(this.schema[column]!.element));
    let first = 0;
    try {
      for (const { num_rows } of this.metadata.row_groups) {
        const count = Number(num_rows);
        const read = await this.readColumns(names, first, count);
        const values = names.map((name) => read.get(name)!);
        for (let start = 0; start < count; start += BATCH) {
          const rows = Array.from({ length: Math.min(BATCH, count - start) }, (_, i) => {
            const cells = readers.map((cell, column) => cell(values[column]![start + i]));
            return rowOf(first + start + i + 1, cells, names);
          });
          this.consumed = (this.bytesTotal * (first + start)) / Number(this.metadata.num_rows);
          yield rows;
        }
        first += count;
      }
    } catch (error) {
      throw damaged(this.path, error);
    }
    this.consumed = this.bytesTotal;
  }

  private requireCells(column: SchemaTree): void {
    const fault = columnFault(column);
    if (fault === null) return;
    throw new FileError(
      `${this.path}: its column ${column.element.name} ${fault}: write it as text or numbers, or name another column with --map.`,
    );
  }

  private async readColumns(names: readonly string[], first: number, count: number): Promise<Map<string, unknown[]>> {
    const { asyncBufferFromFile, parquetRead } = await import('hyparquet');
    const { compressors } = await import('hyparquet-compressors');
    const read = new Map(names.map((name) => [name, new Array<unknown>(count)]));
    let values = 0;
    await parquetRead({
      ...{ file: await asyncBufferFromFile(this.path), metadata: this.metadata, compressors, parsers: PARSERS },
      ...{ columns: [...read.keys()], rowStart: first, rowEnd: first + count, utf8: false },
      onChunk: ({ columnName, columnData, rowStart }) => {
        const column = read.get(columnName)!;
        for (let i = 0; i < columnData.length; i++) {
          const row = rowStart - first + i;
          if (row < 0 || row >= count) continue;
          column[row] = columnData[i];
          values++;
        }
      },
    });
    // Otherwise values that are gone would pass for values that were never there.
    if (values !== count * read.size) throw new Error(`${values} values in place of ${count * read.size}`);
    return read;
  }
}

function rowOf(line: number, cells: readonly (string | CellFault)[], names: readonly string[]): TableRow | BrokenRow {
  for (const [column, cell] of cells.entries()) {
    if (cell instanceof CellFault) return { line, what: `${names[column]} is ${cell.shown}`, fault: cell.why };
  }
  return { line, cells: cells as readonly string[] };
}

/** What the library says of damaged bytes is about its own inner workings. */
function damaged(path: string, error: unknown): Error {
  if (error instanceof FileError) return error;
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'EACCES') return unreadable(path, error);
  if (/compression codec: [A-Z]/.test(message)) {
    return new FileError(
      `${path} can't be read as Parquet (${message}): write it in another way, for instance with Snappy.`,
    );
  }
  return new FileError(
    `${path} is damaged or cut short, so it can't be read as Parquet: copy it again, or write it anew.`,
  );
}
