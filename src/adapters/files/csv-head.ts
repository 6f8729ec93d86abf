import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { parse } from 'csv-parse/sync';
import { FileError } from '../../ports/table-file';
import type { CsvForm } from './csv-table';
import { DELIMITERS, delimiterName } from './delimiters';
import { LINE_ENDS, lineEndsIn } from './line-ends';
import { markedEncoding, sourceError, type TextSource, textStages } from './text-source';

/** How a text file is to be read where it must not be detected. */
export interface TextForm {
  readonly delimiter?: string;
  readonly encoding?: string;
}

/** Marks that part columns now and then. */
const UNUSUAL_MARKS = ['^', '~', ':', '\u00a6'];
/** A title is no longer than this. */
const MOST_TITLE_LINES = 12;
/** A header is within this many characters. */
const MOST_HEADER = 256 * 1024;
/** Text in single or typographic quotes. */
const OTHER_QUOTES = /^['`\u00b4\u2018-\u201f\u00ab\u00bb].+['`\u00b4\u2018-\u201f\u00ab\u00bb]$/;
/** A gzip file's last field: the size of its uncompressed content. */
const GZIP_SIZE_BYTES = 4;
/** Excel's first line, which names the delimiter: sep=; */
const SEPARATOR_LINE = /^sep=(.)\r?\n/i;

/** Reads the beginning of a text file: its encoding, its delimiter and its header. */
export async function readCsvHead(path: string, gzipped: boolean, given: TextForm): Promise<CsvForm> {
  const encoding = given.encoding ?? (await detectedEncoding(path, gzipped));
  const source: TextSource = { path, gzipped, encoding };
  const text = await textHead(source);
  if (text.trim() === '') throw new FileError(`${path} is empty: it has no line that names the columns.`);
  const separator = SEPARATOR_LINE.exec(text);
  const below = separator ? text.slice(separator[0].length) : text;
  refuseTitle(below, given.delimiter ?? separator?.[1], path);
  const delimiter = given.delimiter ?? separator?.[1] ?? detectedDelimiter(below);
  const header = headerOf(below, delimiter, path);
  const notes: string[] = [];
  if (delimiter !== ',') notes.push(`its delimiter is ${delimiterName(delimiter)}`);
  if (encoding !== 'utf-8') notes.push(`its encoding is ${encoding}`);
  const { cells, lines } = header;
  const headerLines = lines + (separator ? 1 : 0);
  return { source, delimiter, header: cells, headerLines, notes, bytesTotal: await textBytes(path, gzipped) };
}

/** Some exports begin with a title or a comment. Throws FileError if the first line has one cell and one of the next has several. */
function refuseTitle(text: string, given: string | undefined, path: string): void {
  const lines = text.split(/\r\n|\n|\r/, MOST_TITLE_LINES);
  const first = lines.findIndex((line) => line.trim() !== '');
  const title = lines[first] ?? '';
  if (/"[^"]*$/.test(title.replace(/"[^"]*"/g, '')) || filledCells(title, given) > 1) return;
  const below = lines.findIndex((line, at) => at > first && filledCells(line, given) > 1);
  // A mark that both lines have parts their columns, and is to be named.
  if (below < 0 || UNUSUAL_MARKS.some((mark) => title.includes(mark) && lines[below]!.includes(mark))) return;
  throw new FileError(
    `${path} begins with a title or a comment (${JSON.stringify(title.replace(/[,;\t|\s]+$/, '').slice(0, 40))}), and its columns are named on line ${below + 1} or later: delete what is before it.`,
  );
}

function filledCells(line: string, given: string | undefined): number {
  return line.split(given ?? detectedDelimiter(line)).filter((cell) => cell.trim() !== '').length;
}

/** The delimiter that the header has most of, outside quotes. */
function detectedDelimiter(text: string): string {
  const counts = new Map(DELIMITERS.map((delimiter) => [delimiter, 0]));
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    else if ((character === '\n' || character === '\r') && !quoted) break;
    else if (!quoted && counts.has(character)) counts.set(character, counts.get(character)! + 1);
  }
  // The sort is stable: a comma wins a tie.
  return [...counts].sort(([, a], [, b]) => b - a)[0]![0];
}

function headerOf(text: string, delimiter: string, path: string): { cells: string[]; lines: number } {
  const empty = /^(\s*[\r\n])*/.exec(text)![0];
  try {
    const rows = parse(text, {
      delimiter,
      record_delimiter: LINE_ENDS,
      to: 1,
      skip_empty_lines: true,
      relax_column_count: true,
      relax_quotes: true,
    });
    const raw = rows[0]!;
    const lines = 1 + lineEndsIn(empty) + lineEndsIn(raw.join(''));
    const cells = raw.map((cell) => cell.replace(/\s*[\r\n]+\s*/g, ' ').trim());
    refuseQuotes(cells, delimiter, path);
    return { cells, lines };
  } catch (error) {
    if (error instanceof FileError) throw error;
    if ((error as { code?: string }).code === 'CSV_QUOTE_NOT_CLOSED') {
      throw new FileError(
        `${path}: a quote in its first line, which names the columns, is never closed: close it, or take it off.`,
      );
    }
    throw new FileError(`${path}: its first line, which names the columns, can't be read: ${(error as Error).message}`);
  }
}

/** Throws FileError if quotes stand around the whole header, or if its names stand in quotes that CSV does not know. */
function refuseQuotes(cells: readonly string[], delimiter: string, path: string): void {
  const [first = ''] = cells;
  if (cells.length === 1 && first.split(delimiter).length > 1) {
    throw new FileError(
      `${path}: its first line stands in quotes as a whole, so that it is one name (${JSON.stringify(first.slice(0, 40))}). Take off the quotes at the beginning and the end of it, and of each line like it, and write "" within them as ".`,
    );
  }
  if (cells.every((name) => OTHER_QUOTES.test(name))) {
    throw new FileError(
      `${path}: its names stand in ${first[0]}, which are no quotes in CSV: write " in its place, in all lines.`,
    );
  }
}

async function detectedEncoding(path: string, gzipped: boolean): Promise<string> {
  // Latin-1 has a character for every byte, so that the first ones can be looked at as they are.
  const head = Buffer.from(await textHead({ path, gzipped, encoding: 'latin1' }, 4_096), 'latin1');
  const marked = markedEncoding(head);
  if (marked === null && head.includes(0)) {
    const fix = wideEncoding(head);
    throw new FileError(
      `${path} is no text: it has zero bytes. ${fix === null ? 'Export it as CSV or Parquet.' : `If it is UTF-16, give --encoding ${fix}.`}`,
    );
  }
  return marked ?? 'utf-8';
}

/** The encoding in two bytes that zero bytes in every second place speak for. Null if they are elsewhere. */
function wideEncoding(head: Uint8Array): string | null {
  const zeros = [0, 0];
  head.forEach((byte, at) => {
    if (byte === 0) zeros[at % 2]!++;
  });
  const [high, low] = zeros as [number, number];
  if (Math.max(high, low) < head.length / 4 || Math.min(high, low) > head.length / 20) return null;
  return low > high ? 'utf-16le' : 'utf-16be';
}

/** Up to about that many characters of the beginning. */
async function textHead(source: TextSource, most = MOST_HEADER): Promise<string> {
  const stages = textStages(source);
  const last = stages[stages.length - 1]!;
  pipeline(stages, () => {});
  let text = '';
  try {
    for await (const chunk of last) {
      text += chunk;
      if (text.length >= most) break;
    }
  } catch (error) {
    throw sourceError(source.path, error);
  } finally {
    stages[0].destroy();
  }
  return text;
}

/**
 * Size of the text, for a progress bar only. A gzip file ends with the size of its last member, modulo 2^32. So it is wrong for files with
 * several members or above 4 GiB.
 */
async function textBytes(path: string, gzipped: boolean): Promise<number> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (!gzipped || size < GZIP_SIZE_BYTES) return size;
    const { buffer } = await file.read(Buffer.alloc(GZIP_SIZE_BYTES), 0, GZIP_SIZE_BYTES, size - GZIP_SIZE_BYTES);
    return buffer.readUInt32LE(0);
  } finally {
    await file.close();
  }
}
