import type { FileMetaData } from 'hyparquet' with { 'resolution-mode': 'import' };
import { FileError, type TableFile, type TableRow } from '../../ports/table-file';
import { tableName } from './csv-table';
import { unreadable } from './regular-file';

const BATCH = 1_000;

/** Opens a Parquet file. The library is loaded for such files only. */
export async function openParquet(path: string): Promise<TableFile> {
  const { asyncBufferFromFile, parquetMetadataAsync, parquetSchema } = await import('hyparquet');
  const file = await asyncBufferFromFile(path);
  try {
    const metadata = await parquetMetadataAsync(file);
    const header = parquetSchema(metadata).children.map(({ element }) => element.name);
    return new ParquetTable(path, header, metadata, file.byteLength);
  } catch (error) {
    throw damaged(path, error);
  }
}

class ParquetTable implements TableFile {
  readonly rowName = 'row';
  readonly typed = true;
  readonly notes: readonly string[] = [];
  private consumed = 0;

  constructor(
    readonly path: string,
    readonly header: readonly string[],
    private readonly metadata: FileMetaData,
    readonly bytesTotal: number,
  ) {}

  get name(): string {
    return tableName(this.path);
  }

  bytesRead(): number {
    return this.consumed;
  }

  /** Holds the columns of one row group at a time: Parquet stores a group column by column. */
  async *rows(columns: readonly number[]): AsyncGenerator<TableRow[]> {
    const names = columns.map((column) => this.header[column]!);
    let first = 0;
    try {
      for (const { num_rows } of this.metadata.row_groups) {
        const count = Number(num_rows);
        const read = await this.readColumns(names, first, count);
        for (let start = 0; start < count; start += BATCH) {
          const rows = Array.from({ length: Math.min(BATCH, count - start) }, (_, i) => ({
            line: first + start + i + 1,
            cells: names.map((name) => cellText(read.get(name)![start + i])),
          }));
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

  private async readColumns(names: readonly string[], first: number, count: number): Promise<Map<string, unknown[]>> {
    const { asyncBufferFromFile, parquetRead } = await import('hyparquet');
    const { compressors } = await import('hyparquet-compressors');
    const read = new Map(names.map((name) => [name, new Array<unknown>(count)]));
    await parquetRead({
      ...{ file: await asyncBufferFromFile(this.path), metadata: this.metadata, compressors },
      ...{ columns: [...read.keys()], rowStart: first, rowEnd: first + count },
      onChunk: ({ columnName, columnData, rowStart }) => {
        const column = read.get(columnName)!;
        for (let i = 0; i < columnData.length; i++) column[rowStart - first + i] = columnData[i];
      },
    });
    return read;
  }
}

/** A typed value as the text that a CSV file would have. */
function cellText(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid time' : value.toISOString();
  if (typeof value === 'string') return value;
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function damaged(path: string, error: unknown): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'EACCES') return unreadable(path, error);
  return new FileError(`${path} can't be read as Parquet: ${message}`);
}
