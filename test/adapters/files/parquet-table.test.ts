import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTable } from '../../../src/adapters/files/open-table';
import { openEvents } from '../../../src/cli/files/open-events';
import type { FileArguments } from '../../../src/cli/options/file-options';

/** Written by pyarrow: test/fixtures/files/make-parquet.py. */
const fixture = (name: string) => join(__dirname, '..', '..', 'fixtures', 'files', `orders.${name}.parquet`);

async function eventsOf(name: string, args: FileArguments = {}) {
  const files = await openEvents([fixture(name)], args, { currency: 'EUR' });
  const events = [];
  for await (const event of files.files[0]!.events()) events.push(event);
  return { events, report: files.files[0]!.report() };
}

const AT_TEN = Date.parse('2024-01-03T10:00:00Z') / 1000;
const MIDNIGHT = Date.parse('2024-01-04T00:00:00Z') / 1000;

test.each(['snappy', 'zstd', 'gzip', 'brotli', 'lz4', 'plain', 'decimal'])(
  '%s: typed columns are read as the text that a CSV would have; rows are counted from 1',
  async (name) => {
    const { events, report } = await eventsOf(name);
    expect(events).toMatchObject([
      { customerId: 'ann', eventId: `orders.${name}:1`, orderId: 'o1', timeS: AT_TEN, amountMinor: 4_250, items: 2 },
      { customerId: '9007199254740993', orderId: 'o2', timeS: MIDNIGHT, amountMinor: 123_456, items: 0 },
    ]);
    expect(report).toMatchObject({ rows: 3, taken: 2, passedOver: [{ first: 'ts is "", row 3' }] });
  },
);

test('whole numbers keep their digits, and dates are days', async () => {
  const { events } = await eventsOf('whole-ids');
  expect(events.map(({ customerId, timeS }) => [customerId, timeS])).toEqual([
    ['9007199254740993', Date.parse('2024-01-03') / 1000],
    ['9007199254740993', MIDNIGHT],
  ]);
});

test.each([{}, { decimal: ',' as const }])('a decimal mark is that of texts, not of numbers: %j', async (args) => {
  const { events, report } = await eventsOf('mixed-marks', args);
  expect(events.map(({ kind, amountMinor }) => [kind, amountMinor])).toEqual([
    ['order', 104_212],
    ['refund', 104_250],
    ['order', 1_912],
    ['refund', 12],
    ['order', 300],
  ]);
  expect(report.notes).toContain('its amounts have a decimal comma');
});

test('only the columns that are asked for are read, a second time too', async () => {
  const table = await openTable(fixture('zstd'));
  expect(table.header).toEqual(['unused', 'customer_id', 'ts', 'kind', 'order_id', 'amount', 'items']);
  for (let time = 0; time < 2; time++) {
    const rows = [];
    for await (const batch of table.rows([4, 1])) rows.push(...batch);
    expect(rows).toEqual([
      { line: 1, cells: ['o1', 'ann'] },
      { line: 2, cells: ['o2', '9007199254740993'] },
      { line: 3, cells: ['o3', 'ann'] },
    ]);
    expect(table.bytesRead()).toBe(table.bytesTotal);
  }
});

describe('values that are no plain text or number', () => {
  const NIL = '00000000-0000-0000-0000-000000000001';
  const ALL = 'ffffffff-ffff-ffff-ffff-ffffffffffff';

  test.each(['uuid', 'sixteen-bytes'])('%s: an id of 16 bytes is read as the text of a UUID', async (name) => {
    const { events } = await eventsOf(name);
    expect(events.map(({ customerId }) => customerId)).toEqual([NIL, ALL]);
  });

  test('decimals and numbers of 32 bits are read as they were meant, without floating-point noise', async () => {
    for (const name of ['uuid', 'sixteen-bytes', 'wide']) {
      const table = await openTable(fixture(name));
      const amounts: string[] = [];
      for await (const batch of table.rows([5]))
        amounts.push(...batch.map((row) => ('cells' in row ? row.cells[0]! : '')));
      expect(amounts.map(Number)).toEqual([19.99, 1.15, -0.29]);
      expect((await eventsOf(name)).report.notes.join()).not.toMatch(/more decimals/);
    }
  });

  test('binary values are read as UTF-8; one that is none is passed over and named, and never replaced', async () => {
    const { events, report } = await eventsOf('wide');
    expect(events.map(({ customerId }) => customerId)).toEqual(['ann']);
    expect(report.passedOver.map(({ first, why }) => `${first}: ${why}`)).toEqual([
      'customer_id is the bytes ff616e6e, row 2: not UTF-8: write the column as text',
      'customer_id is empty, row 3: a row needs a customer',
    ]);
  });

  test('a floating-point id so large that others share it is passed over; 0.1 + 0.2 is 0.3, and NaN is no amount', async () => {
    const { events, report } = await eventsOf('large-doubles');
    expect(events.map(({ customerId, amountMinor }) => [customerId, amountMinor])).toEqual([
      ['9007199254740991', 30],
      ['17', 0],
    ]);
    expect(report.notes).toEqual(['1 order without an amount, taken as 0']);
    expect(report.passedOver).toEqual([
      expect.objectContaining({ first: 'customer_id is 9007199254740992, a floating-point number, row 2' }),
    ]);
  });

  test.each([
    ['lists', /lists\.parquet: its column amount holds lists: write it as text or numbers/],
    ['structures', /its column amount holds structures of value, currency: /],
    ['times-of-day', /its column ts holds times of day without a date: /],
    ['eight-bytes', /its column customer_id holds binary values of 8 bytes: /],
  ])('%s: the file is refused, and the column named', async (name, message) => {
    await expect(eventsOf(name)).rejects.toThrow(message);
  });
});

describe('a file that is damaged or cut short is refused, and named', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'parquet-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  test('whatever part of it is gone', async () => {
    const whole = await readFile(fixture('zstd'));
    const ends = [4, 5, 12, whole.length >> 1, whole.length - 1];
    const cut = ends.map((end) => whole.subarray(0, end));
    const footer = whole.readUInt32LE(whole.length - 8);
    const data = whole.length - 8 - footer;
    const zeroed = [
      [4, data],
      [data, data + 100],
    ].map(([from, to]) => Buffer.from(whole).fill(0, from, to));
    for (const bytes of [...cut, ...zeroed]) {
      const path = join(directory, 'broken.parquet');
      await writeFile(path, bytes);
      const read = openEvents([path], {}, { currency: 'EUR' });
      await expect(read).rejects.toThrow(/broken\.parquet is damaged or cut short, so .* copy it again/);
    }
  });
});
