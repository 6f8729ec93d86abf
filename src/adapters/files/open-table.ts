import { open } from 'node:fs/promises';
import { FileError, type TableFile } from '../../ports/table-file';
import { readCsvHead, type TextForm } from './csv-head';
import { CsvTable } from './csv-table';
import { FORMAT_BYTES, fileFormat } from './file-format';
import { openParquet } from './parquet-table';
import { requireRegularFile, unreadable } from './regular-file';

/**
 * Opens a file of rows: CSV with a header line, gzipped or not, or Parquet. Its first bytes decide, not its name. Rejects with FileError if
 * the file does not exist or is neither.
 */
export async function openTable(path: string, form: TextForm = {}): Promise<TableFile> {
  await requireRegularFile(path);
  const head = await firstBytes(path, FORMAT_BYTES);
  if (head.length === 0) throw new FileError(`${path} is empty: it has no line that names the columns.`);
  const format = fileFormat(head);
  if (typeof format === 'object') throw new FileError(`${path} ${format.fault}.`);
  if (format === 'parquet') return openParquet(path);
  if (/\.gz$/i.test(path) && format !== 'gzip') {
    throw new FileError(
      `${path} is named .gz, but it is not gzipped: is it the right file? If so, take .gz off its name.`,
    );
  }
  return new CsvTable(await readCsvHead(path, format === 'gzip', form));
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
