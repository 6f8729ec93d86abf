import { counted } from '../../domain/wording';
import type { BrokenRow, TableRow } from '../../ports/table-file';
import { lineEndsIn } from './line-ends';
import { widthFault } from './row-width';
import { swallowingQuote } from './swallowed-rows';

/** What the rows of a text are read by. */
export interface RowsForm {
  readonly delimiter: string;
  readonly header: readonly string[];
  /** Lines up to the end of the header. More than 1 after a line sep=; of Excel. */
  readonly headerLines: number;
}

interface NumberedRecord {
  readonly cells: readonly string[];
  /** The line where it begins, and its line ends within cells. */
  readonly line: number;
  readonly ends: number;
}

const BYTE_ORDER_MARK = '\ufeff';

/** Records → rows with the lines where they begin. The parser could number them itself, but three times as slowly. */
export class CsvRows {
  /** Characters of the rows so far, about the bytes. */
  characters = 0;
  private nextLine = 1;
  /** A file of which rows leave cells out is not cut short because its last one does. */
  private hasNarrow = false;
  /** The newest record. What it lacks may be in the next one. */
  private waiting: NumberedRecord | null = null;

  constructor(
    private readonly form: RowsForm,
    private readonly columns: readonly number[],
  ) {}

  /** Rows of the records so far that were not given yet. The last one waits for {@link rest}. */
  of(records: readonly string[][]): (TableRow | BrokenRow)[] {
    const rows: (TableRow | BrokenRow)[] = [];
    for (const cells of records) {
      const line = this.nextLine;
      const ends = this.endsIn(cells);
      this.nextLine += 1 + ends;
      if (line <= this.form.headerLines || (cells.length === 1 && cells[0] === '')) continue;
      if (this.waiting !== null) rows.push(...this.rows(this.waiting, cells.length));
      this.waiting = { cells: unmarked(cells), line, ends };
    }
    return rows;
  }

  rest(): (TableRow | BrokenRow)[] {
    return this.waiting === null ? [] : this.rows(this.waiting, 0);
  }

  private rows({ cells, line, ends }: NumberedRecord, nextCells: number): (TableRow | BrokenRow)[] {
    const { header, delimiter } = this.form;
    if (ends > 0) {
      const before = swallowingQuote(cells, { width: header.length, delimiter });
      if (before !== null) return swallowed(line + before, line + ends);
    }
    if (cells.length !== header.length) {
      const isCut = nextCells === 0 && !this.hasNarrow;
      this.hasNarrow ||= cells.length < header.length;
      return [{ line, fault: widthFault({ cells, header, delimiter, nextCells, isCut }) }];
    }
    if (cells[0]!.trim() === header[0] && cells.every((cell, i) => cell.trim() === header[i])) {
      return [{ line, what: 'it names the columns again', fault: 'files may have been put one behind the other' }];
    }
    return [{ line, cells: this.columns.map((column) => cells[column]!) }];
  }

  private endsIn(cells: readonly string[]): number {
    let ends = 0;
    for (const cell of cells) {
      this.characters += cell.length + 1;
      ends += lineEndsIn(cell);
    }
    return ends;
  }
}

/** Each line of them is a row that can't be used. */
function swallowed(first: number, last: number): BrokenRow[] {
  const what = `a quote opens and is closed on line ${counted(last)} only`;
  const fault = 'the rows in between are within one cell; close the quote in its own row, or write a quote twice ("")';
  return Array.from({ length: last - first + 1 }, (_, i) => ({ line: first + i, what, fault }));
}

/** A file that was put behind another one brings its byte order mark along. */
function unmarked(cells: readonly string[]): readonly string[] {
  const [first = '', ...others] = cells;
  if (!first.startsWith(BYTE_ORDER_MARK)) return cells;
  return [first.slice(BYTE_ORDER_MARK.length).replace(/^"(.*)"$/s, '$1'), ...others];
}
