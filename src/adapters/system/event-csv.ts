import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type CsvError, type Info, parse } from 'csv-parse';
import type { BrokenRow, EventFile, EventFileRow } from '../../ports/event-file';

/** A gzip file's last field: the size of its uncompressed content. */
const GZIP_SIZE_BYTES = 4;

/** Opens an event file: CSV with a header line, gzipped if the name ends in .gz. Rejects if the file does not exist. */
export async function openEventCsv(path: string): Promise<EventFile> {
  return new EventCsv(path, await textBytes(path));
}

/**
 * Size of the CSV text, for a progress bar only. A gzip file ends with the size of its last member, modulo 2^32. So it is wrong for files
 * with several members or above 4 GiB.
 */
async function textBytes(path: string): Promise<number> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    if (!path.endsWith('.gz') || size < GZIP_SIZE_BYTES) return size;
    const { buffer } = await file.read(Buffer.alloc(GZIP_SIZE_BYTES), 0, GZIP_SIZE_BYTES, size - GZIP_SIZE_BYTES);
    return buffer.readUInt32LE(0);
  } finally {
    await file.close();
  }
}

class EventCsv implements EventFile {
  readonly name: string;
  private consumed = 0;

  constructor(
    private readonly path: string,
    readonly bytesTotal: number,
  ) {
    this.name = basename(path).replace(/(\.csv)?(\.gz)?$/, '');
  }

  bytesRead(): number {
    return this.consumed;
  }

  async *rows(required: readonly string[]): AsyncGenerator<EventFileRow | BrokenRow> {
    const broken: BrokenRow[] = [];
    const source = createReadStream(this.path);
    const parser = parse({
      bom: true,
      info: true,
      columns: (header: string[]) => checkedHeader(header, required, this.path),
      skip_empty_lines: true,
      skip_records_with_error: true,
      on_skip: (error: CsvError | undefined) => {
        broken.push({ line: Number(error?.lines ?? 0), fault: error?.message ?? 'not a CSV row' });
        return undefined;
      },
    });
    const stages = this.path.endsWith('.gz') ? [source, createGunzip(), parser] : [source, parser];
    // The parser passes a fault of an earlier stage to its iterator. Without this callback the fault would be thrown a second time.
    pipeline(stages, () => {});
    try {
      for await (const { record, info } of parser as AsyncIterable<ParsedRow>) {
        // Counts the rows delivered, not the bytes read ahead. Otherwise a slow replay of a small file would show 100 % at once.
        this.consumed = Math.min(info.bytes, this.bytesTotal);
        yield* broken.splice(0);
        yield { line: info.lines, columns: record };
      }
      yield* broken.splice(0);
      this.consumed = this.bytesTotal;
    } finally {
      source.destroy();
    }
  }
}

interface ParsedRow {
  readonly record: Record<string, string>;
  readonly info: Info;
}

function checkedHeader(header: string[], required: readonly string[], path: string): string[] {
  const missing = required.filter((column) => !header.includes(column));
  if (missing.length > 0) {
    throw new Error(`${path} has no column ${missing.join(', ')}: its header names ${header.join(', ')}.`);
  }
  return header;
}
