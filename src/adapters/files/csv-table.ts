import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { CsvError, type Parser, parse } from 'csv-parse';
import { type BrokenRow, FileError, type TableFile, type TableRow } from '../../ports/table-file';
import { sourceError, type TextSource, textStages } from './text-source';

/** What {@link readCsvHead} found at the beginning of a file. */
export interface CsvForm {
  readonly source: TextSource;
  readonly delimiter: string;
  readonly header: readonly string[];
  /** Lines up to the end of the header. More than 1 after a line sep=; of Excel. */
  readonly headerLines: number;
  readonly notes: readonly string[];
  readonly bytesTotal: number;
}

/** In any mixture: otherwise the parser would take the first that it meets for the only one, and rows would be lost. */
export const LINE_ENDS = ['\r\n', '\n', '\r'];
/** A longer row is a quote that was never closed. */
const MOST_ROW_BYTES = 4 * 1024 * 1024;
const BATCH = 1_000;

/** Text of rows and cells, as RFC 4180 has it, with any delimiter. */
export class CsvTable implements TableFile {
  readonly rowName = 'line';
  private consumed = 0;

  constructor(private readonly form: CsvForm) {}

  get path(): string {
    return this.form.source.path;
  }

  get name(): string {
    return tableName(this.path);
  }

  get header(): readonly string[] {
    return this.form.header;
  }

  get notes(): readonly string[] {
    return this.form.notes;
  }

  get bytesTotal(): number {
    return this.form.bytesTotal;
  }

  isTyped(): boolean {
    return false;
  }

  bytesRead(): number {
    return this.consumed;
  }

  async *rows(columns: readonly number[]): AsyncGenerator<(TableRow | BrokenRow)[]> {
    const lines = new RowLines(this.form, columns);
    const parser = parse({
      delimiter: this.form.delimiter,
      record_delimiter: LINE_ENDS,
      max_record_size: MOST_ROW_BYTES,
      // Checked here: the parser would not say how many columns the row has.
      relax_column_count: true,
      // Without it, one quote too many within a value would take in the rows up to the next quote.
      relax_quotes: true,
    });
    const stages = textStages(this.form.source);
    // The parser passes a fault of an earlier stage to its iterator. Without this callback the fault would be thrown a second time.
    pipeline([...stages, parser], () => {});
    this.consumed = 0;
    try {
      for await (const records of batches(parser)) {
        const rows = lines.of(records);
        // Counts the rows delivered, not the bytes read ahead. Otherwise a slow replay of a small file would show 100 % at once.
        this.consumed = Math.min(lines.characters, this.bytesTotal);
        if (rows.length > 0) yield rows;
      }
      this.consumed = this.bytesTotal;
    } catch (error) {
      throw error instanceof CsvError ? this.csvError(error) : sourceError(this.path, error);
    } finally {
      stages[0].destroy();
    }
  }

  private csvError(error: CsvError & { readonly records?: number }): FileError {
    const { code, message, records = 0 } = error;
    // Values with line ends are counted as one line: then the place is later.
    const line = records + 1;
    if (code === 'CSV_MAX_RECORD_SIZE') {
      return new FileError(
        `${this.path}: a row on line ${line} or later is longer than ${MOST_ROW_BYTES / 2 ** 20} MiB. Close a quote that is open there, or end the line.`,
      );
    }
    if (code !== 'CSV_QUOTE_NOT_CLOSED') return new FileError(`${this.path}: ${message}`);
    return new FileError(
      `${this.path}: a quote on line ${line} or later is never closed, so the rows after it can't be told apart. Close it.`,
    );
  }
}

/** File name without folder and endings. */
export function tableName(path: string): string {
  return basename(path)
    .replace(/\.gz$/i, '')
    .replace(/\.(csv|tsv|txt|parquet)$/i, '');
}

/** Records in batches: an iterator's step for each record costs more than its parsing. */
async function* batches(parser: Parser): AsyncGenerator<string[][]> {
  let batch: string[][] = [];
  for await (const record of parser as AsyncIterable<string[]>) {
    batch.push(record);
    if (batch.length < BATCH && parser.readableLength > 0) continue;
    yield batch;
    batch = [];
  }
}

/** Records → rows with line numbers. The parser could number them itself, but three times as slowly. */
class RowLines {
  /** Characters of the rows so far, about the bytes. */
  characters = 0;
  private line = 0;

  constructor(
    private readonly form: CsvForm,
    private readonly columns: readonly number[],
  ) {}

  of(records: readonly string[][]): (TableRow | BrokenRow)[] {
    const rows: (TableRow | BrokenRow)[] = [];
    for (const record of records) {
      this.line += 1 + this.linesWithin(record);
      if (this.line <= this.form.headerLines || (record.length === 1 && record[0] === '')) continue;
      rows.push(this.row(record));
    }
    return rows;
  }

  private row(record: readonly string[]): TableRow | BrokenRow {
    const { header } = this.form;
    const { line } = this;
    if (record.length === header.length) return { line, cells: this.columns.map((column) => record[column]!) };
    const hint = record.length > header.length && this.form.delimiter === ',' ? ': a decimal comma needs quotes' : '';
    return { line, fault: `it has ${record.length} columns, the header ${header.length}${hint}` };
  }

  private linesWithin(record: readonly string[]): number {
    let lines = 0;
    for (const cell of record) {
      this.characters += cell.length + 1;
      for (let at = cell.indexOf('\n'); at >= 0; at = cell.indexOf('\n', at + 1)) lines++;
    }
    return lines;
  }
}
