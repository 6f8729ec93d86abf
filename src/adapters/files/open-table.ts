import { open } from 'node:fs/promises';
import { FileError, type TableFile } from '../../ports/table-file';
import { readCsvHead, type TextForm } from './csv-head';
import { CsvTable } from './csv-table';
import { openParquet } from './parquet-table';
import { requireRegularFile, unreadable } from './regular-file';

/** The first bytes of files that are neither text nor Parquet, and what to do with them. */
const OTHER_FILES: readonly (readonly [magic: readonly number[], what: string])[] = [
  [[0x50, 0x4b, 0x03, 0x04], 'an Excel workbook or a zip archive: export it as CSV, or unpack it'],
  [[0xd0, 0xcf, 0x11, 0xe0], 'an old Excel workbook: export it as CSV'],
  [[0x28, 0xb5, 0x2f, 0xfd], 'packed by zstd: unpack it, or pack it by gzip'],
  [[0x42, 0x5a, 0x68], 'packed by bzip2: unpack it, or pack it by gzip'],
];
const GZIP = [0x1f, 0x8b];
const PARQUET = [0x50, 0x41, 0x52, 0x31];

/**
 * Opens a file of rows: CSV with a header line, gzipped or not, or Parquet. Its first bytes decide, not its name. Rejects with FileError if
 * the file does not exist or is neither.
 */
export async function openTable(path: string, form: TextForm = {}): Promise<TableFile> {
  await requireRegularFile(path);
  const head = await firstBytes(path, 4);
  const startsWith = (magic: readonly number[]) => magic.every((byte, i) => head[i] === byte);
  if (startsWith(PARQUET)) return openParquet(path);
  for (const [magic, what] of OTHER_FILES) if (startsWith(magic)) throw new FileError(`${path} is ${what}.`);
  const gzipped = startsWith(GZIP);
  if (/\.gz$/i.test(path) && !gzipped) {
    throw new FileError(
      `${path} is named .gz, but it is not gzipped: is it the right file? If so, take .gz off its name.`,
    );
  }
  return new CsvTable(await readCsvHead(path, gzipped, form));
}

async function firstBytes(path: string, count: number): Promise<Uint8Array> {
  const file = await open(path).catch((error) => {
    throw unreadable(path, error);
  });
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(count), 0, count, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
