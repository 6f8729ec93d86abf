import { join } from 'node:path';
import { openTable } from '../../../src/adapters/files/open-table';
import { openEvents } from '../../../src/cli/files/open-events';

/** Written by pyarrow: test/fixtures/files/make-parquet.py. */
const fixture = (name: string) => join(__dirname, '..', '..', 'fixtures', 'files', `orders.${name}.parquet`);

async function eventsOf(name: string) {
  const files = await openEvents([fixture(name)], {}, { currency: 'EUR' });
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
