import { existsSync, readdirSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { TextForm } from '../../../src/adapters/files/csv-head';
import { openTable } from '../../../src/adapters/files/open-table';
import { openEvents } from '../../../src/cli/files/open-events';
import { mulberry32 } from '../../../src/domain/math/random';
import type { TableFile } from '../../../src/ports/table-file';
import { testSeed } from '../../support/seeded';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'table-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function write(name: string, content: string | Buffer): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

async function allRows(table: TableFile, columns = table.header.map((_, i) => i)) {
  const rows = [];
  for await (const batch of table.rows(columns)) rows.push(...batch);
  return rows;
}

async function read(name: string, content: string | Buffer, form: TextForm = {}) {
  const table = await openTable(await write(name, content), form);
  return { table, rows: await allRows(table) };
}

const CSV = 'customer_id,kind,attr\n10329302124590727494,order,"a, b"\n007,click,\n';

test.each([
  ['shop.csv', CSV, 'shop'],
  ['shop.csv.gz', gzipSync(CSV), 'shop'],
  ['zipped-without-the-name.csv', gzipSync(CSV), 'zipped-without-the-name'],
  ['with-mark.csv', `\ufeff${CSV}`, 'with-mark'],
  ['mixed-ends.csv', CSV.replace('\n', '\r\n').replace(/\n(?=[^\n]*\n?$)/, '\r'), 'mixed-ends'],
  ['windows.csv', CSV.replaceAll('\n', '\r\n'), 'windows'],
  ['utf-16.txt', Buffer.from(`\ufeff${CSV}`, 'utf16le'), 'utf-16'],
  ['utf-16-big.csv', Buffer.from(`\ufeff${CSV}`, 'utf16le').swap16(), 'utf-16-big'],
  ['semicolon.csv', CSV.replace(/,(?! )/g, ';'), 'semicolon'],
  ['tabs.tsv', CSV.replace(/,(?! )/g, '\t'), 'tabs'],
  ['bars.csv', CSV.replace(/,(?! )/g, '|'), 'bars'],
])('%s: rows with their lines, text as it stands', async (file, content, name) => {
  const { table, rows } = await read(file, content);
  expect(table.header).toEqual(['customer_id', 'kind', 'attr']);
  expect(rows).toEqual([
    { line: 2, cells: ['10329302124590727494', 'order', 'a, b'] },
    { line: 3, cells: ['007', 'click', ''] },
  ]);
  expect(table.name).toBe(name);
  expect(table.bytesRead()).toBe(table.bytesTotal);
});

test('only the columns that are asked for, and a second time the same', async () => {
  const { table } = await read('shop.csv', CSV);
  const expected = [
    { line: 2, cells: ['a, b', '10329302124590727494'] },
    { line: 3, cells: ['', '007'] },
  ];
  expect(await allRows(table, [2, 0])).toEqual(expected);
  expect(await allRows(table, [2, 0])).toEqual(expected);
});

test("Excel's line sep=; names the delimiter; a given one goes before what is found out", async () => {
  const { rows } = await read('excel.csv', 'sep=;\na;b\n1,5;2\n');
  expect(rows).toEqual([{ line: 3, cells: ['1,5', '2'] }]);
  const given = await read('given.csv', 'a,x:b\n1:2\n', { delimiter: ':' });
  expect(given.table.header).toEqual(['a,x', 'b']);
});

test.each(['shop.csv', 'shop.csv.gz'])(
  '%s: progress goes by the rows handed out, not by the file read ahead',
  async (file) => {
    const text = `customer_id,kind\n${'c1,click\n'.repeat(100_000)}`;
    const table = await openTable(await write(file, file.endsWith('.gz') ? gzipSync(text) : text));
    expect(table.bytesTotal).toBe(text.length);
    let rows = 0;
    let halfWay = 0;
    for await (const batch of table.rows([0])) {
      rows += batch.length;
      if (halfWay === 0 && rows >= 50_000) halfWay = table.bytesRead() / table.bytesTotal;
    }
    expect(halfWay).toBeCloseTo(0.5, 1);
    expect(rows).toBe(100_000);
    expect(table.bytesRead()).toBe(text.length);
  },
);

test('a row with another number of columns is reported with its line, and the next row is read', async () => {
  const { rows } = await read('shop.csv', 'customer_id,kind\n1,order\n2,order,more\n\n3,order\n');
  expect(rows).toEqual([
    { line: 2, cells: ['1', 'order'] },
    { line: 3, fault: 'it has 3 columns, the header 2: a comma within a cell needs quotes' },
    { line: 5, cells: ['3', 'order'] },
  ]);
});

test('a quote within a value is a part of it, and costs no other row', async () => {
  const { rows } = await read('shop.csv', 'id,what\n1,5" pipe\n2,"6" pipe"\n3,x\n');
  expect(rows.map((row) => 'cells' in row && row.cells[0])).toEqual(['1', '2', '3']);
});

test('a quote that is never closed stops the reading, with its line', async () => {
  const text = 'customer_id,kind\n1,order\n2,"order\n3,order\n';
  await expect(read('shop.csv', text)).rejects.toThrow(/shop\.csv: a quote that opens on line 3 is never closed/);
});

test('a row that is too long stops the reading, with its line', async () => {
  const long = 'x'.repeat(5 * 2 ** 20);
  await expect(read('shop.csv', `customer_id,kind\n1,order\n2,${long}\n3,order\n`)).rejects.toThrow(
    /shop\.csv: the row on line 3 is longer than 4 MiB/,
  );
});

const seed = testSeed();
test(`lines of rows are those of the file, whatever the cells hold (seed ${seed})`, async () => {
  const random = mulberry32(seed);
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)]!;
  for (let file = 0; file < 30; file++) {
    const [end, delimiter] = [pick(['\n', '\r\n']), pick([',', ';', '\t'])];
    let text = `a${delimiter}b${end}`;
    const expected: unknown[] = [];
    for (let row = 0; row < 200; row++) {
      if (random() < 0.1) {
        text += end;
        continue;
      }
      const cells: string[] = [0, 1].map(() => pick(['x', '', 'ü, ö', 'a;b', 'say "hi"', 'two\nlines', 'tab\t', '  ']));
      if (cells.join('') === '') cells[0] = 'x';
      const line = text.split('\n').length;
      text += `${cells.map((cell) => `"${cell.replaceAll('"', '""')}"`).join(delimiter)}${end}`;
      expected.push({ line, cells });
    }
    expect((await read('shop.csv', text)).rows).toEqual(expected);
  }
});

describe('a file that can not be read rejects with its name and the fix', () => {
  test.each<[string, string | Buffer, RegExp]>([
    ['empty.csv', '', /empty\.csv is empty/],
    ['blank.csv', '\n \n', /blank\.csv is empty/],
    ['shop.csv.gz', 'customer_id\n1\n', /shop\.csv\.gz is named \.gz, but it is not gzipped/],
    ['cut.csv.gz', gzipSync(CSV).subarray(0, 30), /cut\.csv\.gz ends in the middle of its gzip data/],
    ['hurt.csv.gz', Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 255, 255, 255]), /hurt\.csv\.gz is damaged/],
    ['book.xlsx', Buffer.from('PK\u0003\u0004rest'), /book\.xlsx is an Excel workbook.*export it as CSV/],
    [
      'latin.csv',
      Buffer.from('customer_id,kind\nM\u00fcller,order\n', 'latin1'),
      /not utf-8, the first on line 2: give --encoding/,
    ],
    ['bytes.csv', Buffer.from('a\0b\0\n\0'), /UTF-16, give --encoding utf-16le/],
    ['broken.parquet', Buffer.from('PAR1 and nothing more'), /broken\.parquet is damaged or cut short/],
  ])('%s', async (name, content, message) => {
    await expect(read(name, content)).rejects.toThrow(message);
  });

  test('bytes of another encoding are found in the line where they are, however the file is cut into pieces', async () => {
    for (const line of [2, 3, 9_000, 20_001]) {
      const lines = Array.from({ length: 20_001 }, (_, i) => (i === 0 ? 'customer_id,kind' : 'Mü ller 1,order'));
      const text = Buffer.from(`${lines.join('\n')}\n`);
      const start = lines.slice(0, line - 1).reduce((bytes, each) => bytes + Buffer.byteLength(each) + 1, 0);
      text[start + 2] = 0x20;
      const path = await write('mixed.csv', text);
      const all = async () => {
        for await (const _ of (await openTable(path)).rows([0]));
      };
      await expect(all()).rejects.toThrow(`mixed.csv has bytes that are not utf-8, the first on line ${line}: `);
    }
  });

  test('with the encoding given, the text is read', async () => {
    const text = Buffer.from('customer_id,kind\nM\u00fcller,order\n', 'latin1');
    const { rows } = await read('latin.csv', text, { encoding: 'windows-1252' });
    expect(rows).toEqual([{ line: 2, cells: ['M\u00fcller', 'order'] }]);
  });
});

test('a reader that stops half way lets the file go', async () => {
  const path = await write('long.csv.gz', gzipSync(`customer_id,kind\n${'1,order\n'.repeat(200_000)}`));
  const table = await openTable(path);
  for await (const [row] of table.rows([1])) {
    expect(row).toEqual({ line: 2, cells: ['order'] });
    break;
  }
  expect(table.bytesRead()).toBeLessThanOrEqual(table.bytesTotal);
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
      // Its orders have no money, and some of them no id of their own.
      const args = file.startsWith('simple_onlineshop') ? { map: { order_id: '' } } : {};
      const [reader] = (await openEvents([join(dataDirectory, file)], args, { currency: 'EUR' })).files;
      let events = 0;
      for await (const _ of reader!.events()) events++;
      expect(reader!.report()).toMatchObject({ unusable: 0, events });
      expect(events).toBeGreaterThan(0);
    },
    limitMs,
  );
}
