import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTableWriter } from '../../../src/adapters/files/open-table-writer';
import type { Column } from '../../../src/ports/score-table';

const COLUMNS: Column[] = [
  { name: 'customer_id', type: 'text' },
  { name: 'clv', type: 'number' },
];

describe('a table of scores', () => {
  const folder = mkdtempSync(join(tmpdir(), 'clv-table-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  test('as CSV: quotes where they are needed, nothing for null', async () => {
    const path = join(folder, 'a.csv');
    const table = await openTableWriter({ option: '--out', path }, COLUMNS);
    await table.write([
      ['ann', 1.5],
      ['b,"en"', null],
    ]);
    await table.write([['line\nbreak', 1e-7]]);
    expect(readdirSync(folder)).not.toContain('a.csv');
    await table.close();
    expect(readFileSync(path, 'utf8')).toBe('customer_id,clv\nann,1.5\n"b,""en""",\n"line\nbreak",1e-7\n');
  });

  test('as JSON Lines', async () => {
    const path = join(folder, 'a.JSONL');
    const table = await openTableWriter({ option: '--out', path }, COLUMNS);
    await table.write([['ann', null]]);
    await table.close();
    expect(readFileSync(path, 'utf8')).toBe('{"customer_id":"ann","clv":null}\n');
  });

  test.each(['b.csv', 'b.jsonl', 'b.parquet'])('%s: a table that is given up leaves nothing', async (name) => {
    const table = await openTableWriter({ option: '--out', path: join(folder, name) }, COLUMNS);
    await table.write([['ann', 1]]);
    await table.discard();
    expect(readdirSync(folder).filter((file) => file.startsWith('b.'))).toEqual([]);
  });

  test('another ending is refused with those that are known, a missing folder before any work', async () => {
    await expect(openTableWriter({ option: '--out', path: join(folder, 'a.xls') }, COLUMNS)).rejects.toThrow(
      /a\.xls.*\.csv, \.jsonl or \.parquet/,
    );
    await expect(openTableWriter({ option: '--out', path: join(folder, 'none', 'a.csv') }, COLUMNS)).rejects.toThrow(
      /^--out .*none\/a\.csv can't be written: the folder .*none takes no files/,
    );
    expect(readdirSync(folder)).not.toContain('a.xls.part');
  });
});
