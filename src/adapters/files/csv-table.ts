import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { CsvError, type Parser, parse } from 'csv-parse';
import { counted } from '../../domain/wording';
import { type BrokenRow, FileError, type TableFile, type TableRow } from '../../ports/table-file';
import { CsvRows, type RowsForm } from './csv-rows';
import { LINE_ENDS } from './line-ends';
import { QuotePlace } from './quote-place';
import { sourceError, type TextSource, textStages } from './text-source';

/** What {@link readCsvHead} found at the beginning of a file. */
export interface CsvForm extends RowsForm {
  readonly source: TextSource;
  readonly notes: readonly string[];
  readonly bytesTotal: number;
}

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
    const lines = new CsvRows(this.form, columns);
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
      const rest = lines.rest();
      if (rest.length > 0) yield rest;
      this.consumed = this.bytesTotal;
    } catch (error) {
      throw error instanceof CsvError ? await this.csvError(error) : sourceError(this.path, error);
    } finally {
      stages[0].destroy();
    }
  }

  /** The parser does not say on which line of the file it was, because a cell may have several. */
  private async csvError({ code, message }: CsvError): Promise<FileError> {
    if (code !== 'CSV_MAX_RECORD_SIZE' && code !== 'CSV_QUOTE_NOT_CLOSED') {
      return new FileError(`${this.path}: ${message}`);
    }
    const { line, quoteLine } = await this.place();
    if (quoteLine !== null) {
      const mib = MOST_ROW_BYTES / 2 ** 20;
      const open = code === 'CSV_QUOTE_NOT_CLOSED' ? 'is never closed' : `is still open ${mib} MiB further on`;
      return new FileError(
        `${this.path}: a quote that opens on line ${counted(quoteLine)} ${open}, so the rows after it can't be told apart. Close it in its own row, or take it off.`,
      );
    }
    return new FileError(
      `${this.path}: the row on line ${counted(line)} is longer than ${MOST_ROW_BYTES / 2 ** 20} MiB. End the line where the row ends.`,
    );
  }

  private async place() {
    const place = new QuotePlace(this.form.delimiter, MOST_ROW_BYTES);
    const stages = textStages(this.form.source);
    const text = stages[stages.length - 1]!;
    pipeline(stages, () => {});
    try {
      for await (const piece of text) if (place.take(piece as string)) break;
    } finally {
      stages[0].destroy();
    }
    return place.place;
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
