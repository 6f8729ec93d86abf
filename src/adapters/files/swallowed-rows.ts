import { lineEndsIn } from './line-ends';

const LINE_END = /\r\n|\n|\r/;

/** What a row is compared with. */
export interface RowForm {
  /** Cells that a row should have. */
  readonly width: number;
  readonly delimiter: string;
}

/**
 * Finds a quote that was opened and not closed in its row: its cell goes on up to the next quote, with the rows in between. Gives the lines
 * from the beginning of the row up to that quote. Null if a cell with several lines holds text and no rows.
 */
export function swallowingQuote(cells: readonly string[], form: RowForm): number | null {
  let before = 0;
  for (const [at, cell] of cells.entries()) {
    const ends = lineEndsIn(cell);
    if (ends > 0 && holdsRows(cells, at, form)) return before;
    before += ends;
  }
  return null;
}

/** Whether the cell has the end of one row, perhaps others, and the beginning of one more. */
function holdsRows(cells: readonly string[], at: number, { width, delimiter }: RowForm): boolean {
  const lines = cells[at]!.split(LINE_END);
  if (cells.length !== width) return cells[at]!.split(delimiter).length >= width;
  const first = [...cells.slice(0, at), ...lines[0]!.split(delimiter)];
  const last = [...lines.at(-1)!.split(delimiter), ...cells.slice(at + 1)];
  if (first.length !== width || last.length !== width) return false;
  // Text with as many commas is no row. A row has numbers and dates of the same form in the same places.
  const alike = first.filter((cell, i) => i !== at && formOf(cell) === formOf(last[i]!));
  return alike.length >= (width - 1) / 2 && alike.some((cell) => /\d/.test(cell));
}

const formOf = (cell: string): string => cell.replace(/\p{L}+/gu, 'a').replace(/\d+/g, '9');
