/**
 * Measures how fast event files are read, and the peak memory: a made file of one million rows, as CSV, gzipped, and with four lines per
 * order. Each reading is a process of its own. Run: npm run bench -- files [ROWS]
 */
import { execFileSync } from 'node:child_process';
import { createWriteStream, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGzip } from 'node:zlib';
import { openEvents } from '../src/cli/files/open-events';
import { mulberry32 } from '../src/domain/math/random';

/** A run that only shows that the benchmark works. */
export const SHORT = ['2000'];

const LINES_PER_ORDER = 4;
const START_S = 1_600_000_000;

export async function main([rowsText = '1000000', readThis]: string[]): Promise<void> {
  if (readThis !== undefined) return read(readThis);
  const rows = Number(rowsText);
  const folder = mkdtempSync(join(tmpdir(), 'bench-files-'));
  try {
    for (const [name, linesPerOrder] of [
      ['orders.csv', 1],
      ['orders.csv.gz', 1],
      ['lines.csv', LINES_PER_ORDER],
    ] as const) {
      const path = join(folder, name);
      await write(path, rows, linesPerOrder);
      const script = "require(process.argv[1]).main(['0', process.argv[2]])";
      const register = join(__dirname, '..', 'test', 'support', 'swc-register.js');
      const facts = execFileSync(process.execPath, ['-r', register, '-e', script, __filename, path], {
        encoding: 'utf8',
      });
      console.log(`${name}, ${(statSync(path).size / 1e6).toFixed(0)} MB: ${facts.trim()}`);
      rmSync(path);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Reads a file as the commands do, twice, and lets every event go. */
async function read(path: string): Promise<void> {
  const started = process.cpuUsage();
  const files = await openEvents([path], { joinLines: 'sum' }, { currency: 'EUR' });
  let events = 0;
  for (const file of files.files) for await (const _ of file.events()) events++;
  const { rows } = files.files[0]!.report();
  const { user, system } = process.cpuUsage(started);
  const seconds = (user + system) / 1e6;
  const peakMb = process.resourceUsage().maxRSS / 1024;
  console.log(
    `${rows} rows, ${events} events, ${Math.round(rows / seconds)} rows/s of processor time, peak ${peakMb.toFixed(0)} MB`,
  );
}

async function write(path: string, rows: number, linesPerOrder: number): Promise<void> {
  const random = mulberry32(1);
  function* text() {
    yield 'customer_id,ts,kind,order_id,amount,items\n';
    let timeS = START_S;
    for (let row = 0, order = 0; row < rows; order++) {
      timeS += Math.floor(random() * 120);
      const customer = Math.floor(random() * 100_000);
      let chunk = '';
      for (let line = 0; line < linesPerOrder && row < rows; line++, row++) {
        const amount = (1 + random() * 200).toFixed(2);
        chunk += `c${customer},${new Date(timeS * 1000).toISOString()},order,o${order},${amount},${1 + (row % 5)}\n`;
      }
      yield chunk;
    }
  }
  const file = createWriteStream(path);
  if (path.endsWith('.gz')) await pipeline(Readable.from(text()), createGzip(), file);
  else await pipeline(Readable.from(text()), file);
}
