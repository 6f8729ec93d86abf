import { createReadStream, type ReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type CsvError, type Info, parse } from 'csv-parse';
import type { BrokenRow, RecordedEvents, RecordedRow } from '../../ports/recorded-events';

/** Opens a recording: CSV with a header line, gzipped where the name ends in .gz. Rejects where there is no such file. */
export async function openEventCsv(path: string): Promise<RecordedEvents> {
  const { size } = await stat(path);
  return new EventCsv(path, size);
}

class EventCsv implements RecordedEvents {
  readonly name: string;
  private source: ReadStream | undefined;

  constructor(
    private readonly path: string,
    readonly bytesTotal: number,
  ) {
    this.name = basename(path).replace(/(\.csv)?(\.gz)?$/, '');
  }

  bytesRead(): number {
    return this.source?.bytesRead ?? 0;
  }

  async *rows(required: readonly string[]): AsyncGenerator<RecordedRow | BrokenRow> {
    const broken: BrokenRow[] = [];
    const source = createReadStream(this.path);
    this.source = source;
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
    // The parser carries a fault of an earlier stage to whoever iterates it; the callback only keeps it from being thrown twice.
    pipeline(stages, () => {});
    try {
      for await (const { record, info } of parser as AsyncIterable<ParsedRow>) {
        yield* broken.splice(0);
        yield { line: info.lines, columns: record };
      }
      yield* broken.splice(0);
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
