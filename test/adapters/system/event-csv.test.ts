import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { openEventCsv } from '../../../src/adapters/system/event-csv';
import { REQUIRED_COLUMNS, readRecordedEvent } from '../../../src/services/simulator/recorded-event';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'csv-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function read(name: string, content: string | Buffer) {
  const path = join(directory, name);
  await writeFile(path, content);
  const eventFile = await openEventCsv(path);
  const rows = [];
  for await (const row of eventFile.rows(['customer_id', 'kind'])) rows.push(row);
  return { eventFile, rows };
}

const CSV = 'customer_id,kind,attr\n10329302124590727494,order,"a, b"\n007,click,\n';

test.each([
  ['shop.csv', CSV, 'shop'],
  ['shop.csv.gz', gzipSync(CSV), 'shop'],
  ['with-mark.csv', `\ufeff${CSV}`, 'with-mark'],
])('%s: rows with their lines, text as it stands', async (file, content, name) => {
  const { eventFile, rows } = await read(file, content);
  expect(rows).toEqual([
    { line: 2, columns: { customer_id: '10329302124590727494', kind: 'order', attr: 'a, b' } },
    { line: 3, columns: { customer_id: '007', kind: 'click', attr: '' } },
  ]);
  expect(eventFile.name).toBe(name);
  expect(eventFile.bytesRead()).toBe(eventFile.bytesTotal);
});

test.each(['shop.csv', 'shop.csv.gz'])(
  '%s: progress goes by the rows handed out, not by the file read ahead',
  async (file) => {
    const text = `customer_id,kind\n${'c1,click\n'.repeat(1_000)}`;
    const path = join(directory, file);
    await writeFile(path, file.endsWith('.gz') ? gzipSync(text) : text);
    const eventFile = await openEventCsv(path);
    expect(eventFile.bytesTotal).toBe(text.length);
    let rows = 0;
    for await (const _ of eventFile.rows(['customer_id'])) {
      if (++rows === 500) expect(eventFile.bytesRead() / eventFile.bytesTotal).toBeCloseTo(0.5, 2);
    }
    expect(rows).toBe(1_000);
    expect(eventFile.bytesRead()).toBe(text.length);
  },
);

test('a row with too many columns is reported with its line, and the next row is read', async () => {
  const { rows } = await read('shop.csv', 'customer_id,kind\n1,order\n2,order,more\n3,order\n');
  expect(rows.sort((a, b) => a.line - b.line)).toEqual([
    { line: 2, columns: { customer_id: '1', kind: 'order' } },
    { line: 3, fault: expect.stringMatching(/./) },
    { line: 4, columns: { customer_id: '3', kind: 'order' } },
  ]);
});

test('a quote that is never closed is reported, not lost', async () => {
  const { rows } = await read('shop.csv', 'customer_id,kind\n1,order\n2,"order\n3,order\n');
  expect(rows).toContainEqual({ line: 2, columns: { customer_id: '1', kind: 'order' } });
  expect(rows.some((row) => 'fault' in row)).toBe(true);
});

test('a missing column and a file that is no gzip reject with the reason', async () => {
  await expect(read('shop.csv', 'customer_id,when\n1,2\n')).rejects.toThrow(/no column kind.*customer_id, when/);
  await expect(read('shop.csv.gz', 'not zipped')).rejects.toThrow(/incorrect header/);
  await expect(read('cut.csv.gz', gzipSync(CSV).subarray(0, 30))).rejects.toThrow(/unexpected end/);
  await expect(openEventCsv(join(directory, 'absent.csv'))).rejects.toThrow(/ENOENT/);
});

test('a reader that stops half way lets the file go', async () => {
  const path = join(directory, 'long.csv.gz');
  await writeFile(path, gzipSync(`customer_id,kind\n${'1,order\n'.repeat(200_000)}`));
  const eventFile = await openEventCsv(path);
  for await (const row of eventFile.rows(['kind'])) {
    expect(row.line).toBe(2);
    break;
  }
  expect(eventFile.bytesRead()).toBeLessThanOrEqual(eventFile.bytesTotal);
});

const dataDirectory = resolve(process.env.CLV_DATA_DIR ?? join(__dirname, '..', '..', '..', '..', 'shared', 'data'));
const files = existsSync(dataDirectory)
  ? readdirSync(dataDirectory).filter((file) => file.endsWith('.csv.gz') && !file.includes('_lines'))
  : [];

if (files.length === 0) {
  test.skip('recorded shops: no data found (set CLV_DATA_DIR)', () => {});
} else {
  /** The longest file has 98,000 rows: slow on a busy machine. */
  const limitMs = 300_000;
  const title = '%s: every row is an event or a kind that is skipped';
  test.each(files)(
    title,
    async (file) => {
      const eventFile = await openEventCsv(join(dataDirectory, file));
      const faults: unknown[] = [];
      let events = 0;
      for await (const row of eventFile.rows(REQUIRED_COLUMNS)) {
        const outcome = 'fault' in row ? row : readRecordedEvent(row, eventFile.name, 100);
        if ('fault' in outcome) faults.push({ line: row.line, fault: outcome.fault });
        else if ('event' in outcome) events++;
      }
      expect(faults).toEqual([]);
      expect(events).toBeGreaterThan(0);
    },
    limitMs,
  );
}
