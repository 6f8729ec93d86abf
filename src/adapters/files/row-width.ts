import { countOf } from '../../domain/wording';
import { DELIMITERS, delimiterName } from './delimiters';

/** What is known of a row that has another number of cells than the header has names. */
export interface OddRow {
  readonly cells: readonly string[];
  readonly header: readonly string[];
  readonly delimiter: string;
  /** Cells of the next row. 0: there is none. */
  readonly nextCells: number;
  /** Nothing follows the row, and all others have their cells. */
  readonly isCut: boolean;
}

const NUMBER_BEGIN = /^[^\d]*\d+$/;
const DECIMALS = /^\d{1,2}\D*$/;
const THOUSANDS_BEGIN = /^[^\d]*\d{1,3}$/;
const THOUSANDS = /^\d{3}([.,]\d+)?\D*$/;

/** The fault of such a row, with the likely cause and what to do. Rows of one cause have the same fault. */
export function widthFault(row: OddRow): string {
  return `it has ${countOf(row.cells.length, 'column')}, the header ${row.header.length}${cause(row)}`;
}

function cause(row: OddRow): string {
  const { cells, header, delimiter } = row;
  const mark = delimiterName(delimiter);
  if (cells.length > header.length && cells.slice(header.length).every((cell) => cell === '')) {
    return `. It ends in ${mark} that the header lacks: add it to the header, or take it off the rows`;
  }
  const missing = header.slice(cells.length);
  if (missing.length > 0 && missing.every((name) => name === '')) {
    return `. The header ends in ${mark} that the row lacks: take it off the header`;
  }
  const other = otherDelimiter(row);
  if (other !== undefined) {
    return `. Its cells are parted by ${delimiterName(other)}, the names of the header by ${mark}: write both with the same mark`;
  }
  if (cells.length === 1 && cells[0]!.split(delimiter).length === header.length) {
    return '. The whole row stands in quotes, so it is one cell: take off the quotes at its beginning and its end';
  }
  if (cells.some((cell) => cell.includes('\\"'))) {
    return ': a quote within a cell is written twice (""), not with a backslash';
  }
  return cells.length > header.length ? tooWide(row) : tooNarrow(row);
}

function tooWide({ cells, delimiter }: OddRow): string {
  if (delimiter !== ',') return `: ${delimiterName(delimiter)} within a cell needs quotes`;
  const isFollowed = (begin: RegExp, end: RegExp) =>
    cells.some((cell, i) => begin.test(cell) && end.test(cells[i + 1] ?? ''));
  if (isFollowed(THOUSANDS_BEGIN, THOUSANDS)) return ': a comma within a number needs quotes';
  if (isFollowed(NUMBER_BEGIN, DECIMALS)) return ': a decimal comma needs quotes';
  return ': a comma within a cell needs quotes';
}

function tooNarrow({ cells, header, delimiter, nextCells, isCut }: OddRow): string {
  if (nextCells > 0 && nextCells < header.length && cells.length + nextCells - 1 === header.length) {
    return ': a line end within a cell needs quotes';
  }
  if (cells.length === 1) return '';
  if (isCut) return ': the file may be cut short; copy it again';
  return `: a cell that is left out needs its ${delimiterName(delimiter).replace(/^an? /, '')}`;
}

/** The mark by which the row would have as many cells as the header. */
function otherDelimiter({ cells, header, delimiter }: OddRow): string | undefined {
  if (header.length === 1) return undefined;
  const text = cells.join(delimiter);
  return DELIMITERS.find((mark) => mark !== delimiter && text.split(mark).length === header.length);
}
