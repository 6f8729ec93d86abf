import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTable } from '../../../src/adapters/files/open-table';
import { mulberry32 } from '../../../src/domain/math/random';
import type { BrokenRow, TableRow } from '../../../src/ports/table-file';
import { testSeed } from '../../support/seeded';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'odd-rows-'));
});
afterEach(() => rm(directory, { recursive: true }));

const HEADER = 'customer_id,ts,order_id,amount,note';
const ROWS = ['c1,2024-01-01,o1,10.00,x', 'c2,2024-01-02,o2,20.00,x', 'c3,2024-01-03,o3,30.00,x'];

async function rowsOf(text: string): Promise<(TableRow | BrokenRow)[]> {
  const path = join(directory, 'shop.csv');
  await writeFile(path, text);
  const table = await openTable(path);
  const rows = [];
  for await (const batch of table.rows(table.header.map((_, i) => i))) rows.push(...batch);
  return rows;
}

const fileOf = (header: string, rows: readonly string[]) => `${[header, ...rows].join('\n')}\n`;
const changed = (change: (row: string) => string) => ROWS.map(change);

describe('a row of another width says why, and what to do', () => {
  test.each<[string, string, readonly string[], string]>([
    [
      'a comma at the end of each row',
      HEADER,
      changed((row) => `${row},`),
      'it has 6 columns, the header 5. It ends in a comma that the header lacks: add it to the header, or take it off the rows',
    ],
    [
      'two tabs at the end of each row',
      HEADER.replaceAll(',', '\t'),
      changed((row) => `${row.replaceAll(',', '\t')}\t\t`),
      'it has 7 columns, the header 5. It ends in a tab that the header lacks: add it to the header, or take it off the rows',
    ],
    [
      'a comma at the end of the header',
      `${HEADER},`,
      ROWS,
      'it has 5 columns, the header 6. The header ends in a comma that the row lacks: take it off the header',
    ],
    [
      'a comma header over semicolon rows',
      HEADER,
      changed((row) => row.replaceAll(',', ';')),
      'it has 1 column, the header 5. Its cells are parted by a semicolon, the names of the header by a comma: write both with the same mark',
    ],
    [
      'a comma header over semicolon rows with decimal commas',
      HEADER,
      changed((row) => row.replaceAll(',', ';').replace('.', ',')),
      'it has 2 columns, the header 5. Its cells are parted by a semicolon, the names of the header by a comma: write both with the same mark',
    ],
    [
      'a semicolon header over comma rows',
      HEADER.replaceAll(',', ';'),
      ROWS,
      'it has 1 column, the header 5. Its cells are parted by a comma, the names of the header by a semicolon: write both with the same mark',
    ],
    [
      'rows in quotes as a whole',
      HEADER,
      changed((row) => `"${row}"`),
      'it has 1 column, the header 5. The whole row stands in quotes, so it is one cell: take off the quotes at its beginning and its end',
    ],
    [
      'quotes with backslashes',
      HEADER,
      changed((row) => row.replace(',x', ',"5\\" pipe, red"')),
      'it has 6 columns, the header 5: a quote within a cell is written twice (""), not with a backslash',
    ],
    [
      'decimal commas',
      HEADER,
      changed((row) => row.replace('.00', ',50')),
      'it has 6 columns, the header 5: a decimal comma needs quotes',
    ],
    [
      'commas between thousands',
      HEADER,
      changed((row) => row.replace('0.00', ',234.56')),
      'it has 6 columns, the header 5: a comma within a number needs quotes',
    ],
    [
      'commas in text',
      HEADER,
      changed((row) => `${row}, large`),
      'it has 6 columns, the header 5: a comma within a cell needs quotes',
    ],
    [
      'semicolons in text',
      HEADER.replaceAll(',', ';'),
      changed((row) => `${row.replaceAll(',', ';')}; large`),
      'it has 6 columns, the header 5: a semicolon within a cell needs quotes',
    ],
    [
      'a line end within a cell',
      HEADER,
      changed((row) => row.replace(',o', ',\no')),
      'it has 3 columns, the header 5: a line end within a cell needs quotes',
    ],
    [
      'cells left out at the end',
      HEADER,
      changed((row) => row.replace(',x', '')),
      'it has 4 columns, the header 5: a cell that is left out needs its comma',
    ],
  ])('%s', async (_, header, rows, fault) => {
    expect((await rowsOf(fileOf(header, rows)))[0]).toEqual({ line: 2, fault });
  });

  test('the last row of a file that is cut short', async () => {
    const rows = await rowsOf(fileOf(HEADER, ROWS).slice(0, -9));
    expect(rows.at(-1)).toEqual({
      line: 4,
      fault: 'it has 3 columns, the header 5: the file may be cut short; copy it again',
    });
  });

  test('a last row like others that leave cells out', async () => {
    const rows = await rowsOf(
      fileOf(
        HEADER,
        changed((row) => row.replace(',x', '')),
      ),
    );
    const fault = 'it has 4 columns, the header 5: a cell that is left out needs its comma';
    expect(rows).toEqual([2, 3, 4].map((line) => ({ line, fault })));
  });

  test('the header once more, also with a byte order mark', async () => {
    const again = { what: 'it names the columns again', fault: 'files may have been put one behind the other' };
    const rows = await rowsOf(fileOf(HEADER, [...ROWS, HEADER, ...ROWS, `\ufeff${HEADER}`, `\ufeff${ROWS[0]}`]));
    expect(rows.filter((row) => 'fault' in row)).toEqual([
      { line: 5, ...again },
      { line: 9, ...again },
    ]);
    expect(rows.at(-1)).toEqual({ line: 10, cells: ROWS[0]!.split(',') });
  });
});

describe('a header in the wrong quotes is refused', () => {
  test.each([
    ['as a whole', fileOf(`"${HEADER}"`, ROWS), /its first line stands in quotes as a whole/],
    [
      'single ones',
      fileOf(HEADER, ROWS).replace(/[^,\n]+/g, "'$&'"),
      /its names stand in ', which are no quotes in CSV/,
    ],
    ['typographic ones', fileOf(HEADER.replace(/[^,]+/g, '\u201c$&\u201d'), ROWS), /its names stand in \u201c, which/],
    ['one that is never closed', fileOf(`"${HEADER}`, ROWS), /a quote in its first line, which names the columns, is/],
  ])('%s', async (_, text, message) => {
    await expect(rowsOf(text)).rejects.toThrow(message);
  });
});

test('a line end within a name is a blank, and the rows below keep their lines', async () => {
  const path = join(directory, 'shop.csv');
  await writeFile(path, 'id,"Order\r\ndate"\r\n1,2\r\n');
  const table = await openTable(path);
  expect(table.header).toEqual(['id', 'Order date']);
  expect(await rowsOf('id,"Order\r\ndate"\r\n1,2\r\n')).toEqual([{ line: 3, cells: ['1', '2'] }]);
});

const seed = testSeed();
const NOTES = ['x', '', 'a "word"', 'Dear all,\nplease send a, b, c, d', 'two\r\nlines, and more', '5" pipe', 'a\rb'];

/** Rows with notes of all sorts, and where each begins. */
function randomFile(random: () => number, count: number, end: string) {
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)]!;
  const rows: string[] = [];
  const lines: number[] = [];
  let line = 2;
  for (let i = 0; i < count; i++) {
    const note = pick(NOTES);
    rows.push(`c${i},2024-01-0${1 + (i % 9)},o${i},${10 + i}.00,"${note.replaceAll('"', '""')}"`);
    lines.push(line);
    line += 1 + (note.match(/\r\n|\n|\r/g) ?? []).length;
  }
  return { rows, lines, text: (changedRows: readonly string[]) => [HEADER, ...changedRows].join(end) + end };
}

test(`a quote that is not closed in its row costs the rows up to the next one, by their lines (seed ${seed})`, async () => {
  const random = mulberry32(seed);
  for (let file = 0; file < 40; file++) {
    const { rows, lines, text } = randomFile(random, 60, random() < 0.5 ? '\n' : '\r\n');
    expect((await rowsOf(text(rows))).map((row) => ('fault' in row ? row.fault : row.line))).toEqual(lines);
    const from = Math.floor(random() * 40);
    const to = from + 1 + Math.floor(random() * 18);
    const column = Math.floor(random() * 5);
    const plain = (row: string, i: number) => row.replace(/,"[\s\S]*"$/, i === from || i === to ? ',y' : ',x');
    const broken = rows.map((row, i) => (i < from || i > to ? row : plain(row, i)));
    const quoted = (i: number, quote: (cell: string) => string) => {
      const cells = broken[i]!.split(',');
      cells[column] = quote(cells[column]!);
      broken[i] = cells.join(',');
    };
    quoted(from, (cell) => `"${cell}`);
    quoted(to, (cell) => `${cell}"`);
    const read = await rowsOf(text(broken));
    const faults = read.filter((row): row is BrokenRow => 'fault' in row);
    const first = lines[from]!;
    expect(faults.map(({ line }) => line)).toEqual(Array.from({ length: to - from + 1 }, (_, i) => first + i));
    expect(faults[0]!.what).toBe(`a quote opens and is closed on line ${first + to - from} only`);
    expect(read.length).toBe(rows.length);
  }
});

test(`a quote that is never closed is named by its line (seed ${seed})`, async () => {
  const random = mulberry32(seed + 1);
  for (let file = 0; file < 40; file++) {
    const { rows, lines, text } = randomFile(random, 60, random() < 0.5 ? '\n' : '\r\n');
    const at = Math.floor(random() * 60);
    const broken = rows.map((row, i) => (i < at ? row : row.replace(/,"[\s\S]*"$/, i === at ? ',"y' : ',y')));
    await expect(rowsOf(text(broken))).rejects.toThrow(
      `shop.csv: a quote that opens on line ${lines[at]} is never closed`,
    );
  }
});

test('a quote that is open for too long is named by its line, and so is a row that is too long', async () => {
  const note = 'c0,2024-01-01,o1,1.00,"two\nlines"';
  const many = `${ROWS[0]}\n`.repeat(200_000);
  await expect(rowsOf(`${HEADER}\n${note}\nc1,2024-01-01,o2,2.00,"open\n${many}`)).rejects.toThrow(
    'a quote that opens on line 4 is still open 4 MiB further on',
  );
  const long = 'y'.repeat(5 * 2 ** 20);
  await expect(rowsOf(`${HEADER}\n${note}\nc1,2024-01-01,o2,2.00,${long}\n`)).rejects.toThrow(
    'the row on line 4 is longer than 4 MiB',
  );
});
