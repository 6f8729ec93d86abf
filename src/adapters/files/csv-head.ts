import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream';
import { parse } from 'csv-parse/sync';
import { FileError } from '../../ports/table-file';
import type { CsvForm } from './csv-table';
import { markedEncoding, sourceError, type TextSource, textStages } from './text-source';

/** How a text file is to be read where it must not be detected. */
export interface TextForm {
  readonly delimiter?: string;
  readonly encoding?: string;
}

const DELIMITERS = [',', ';', '\t', '|'];
const DELIMITER_NAMES: Readonly<Record<string, string>> = { ';': 'a semicolon', '\t': 'a tab', '|': 'a vertical bar' };
/** A header is within this many characters. */
const MOST_HEADER = 256 * 1024;
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
  const delimiter = given.delimiter ?? separator?.[1] ?? detectedDelimiter(below);
  const header = headerOf(below, delimiter, path);
  const notes: string[] = [];
  if (delimiter !== ',') notes.push(`its delimiter is ${DELIMITER_NAMES[delimiter] ?? delimiter}`);
  if (encoding !== 'utf-8') notes.push(`its encoding is ${encoding}`);
  const { cells, lines } = header;
  const headerLines = lines + (separator ? 1 : 0);
  return { source, delimiter, header: cells, headerLines, notes, bytesTotal: await textBytes(path, gzipped) };
}

/** The delimiter that the header has most of, outside quotes. */
function detectedDelimiter(text: string): string {
  const counts = new Map(DELIMITERS.map((delimiter) => [delimiter, 0]));
  let quoted = false;
  for (const character of text) {
    if (character === '"') quoted = !quoted;
    else if (character === '\n' && !quoted) break;
    else if (!quoted && counts.has(character)) counts.set(character, counts.get(character)! + 1);
  }
  // The sort is stable: a comma wins a tie.
  return [...counts].sort(([, a], [, b]) => b - a)[0]![0];
}

function headerOf(text: string, delimiter: string, path: string): { cells: string[]; lines: number } {
  const empty = /^(\s*\n)*/.exec(text)![0];
  try {
    const rows = parse(text, {
      delimiter,
      to: 1,
      skip_empty_lines: true,
      relax_column_count: true,
      relax_quotes: true,
    });
    const cells = rows[0]!.map((cell) => cell.trim());
    const within = cells.join('').split('\n').length - 1;
    return { cells, lines: empty.split('\n').length + within };
  } catch (error) {
    throw new FileError(`${path}: its first line, which names the columns, can't be read: ${(error as Error).message}`);
  }
}

async function detectedEncoding(path: string, gzipped: boolean): Promise<string> {
  // Latin-1 has a character for every byte, so that the first ones can be looked at as they are.
  const head = Buffer.from(await textHead({ path, gzipped, encoding: 'latin1' }, 4_096), 'latin1');
  const marked = markedEncoding(head);
  if (marked === null && head.includes(0)) {
    throw new FileError(`${path} is no text: it has zero bytes. If it is UTF-16, give --encoding utf-16le.`);
  }
  return marked ?? 'utf-8';
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
