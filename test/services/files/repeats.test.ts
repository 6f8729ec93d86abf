import { EventFiles } from '../../../src/services/files/event-files';
import { type FileForm, PLAIN_FORM } from '../../../src/services/files/file-rules';
import { tableOf } from '../../support/tables';

const HEADER = ['customer_id', 'ts', 'kind', 'order_id', 'amount'];
const NOW_MS = Date.parse('2026-01-01T00:00:00Z');

/** Files of rows, one behind the other. */
async function read(files: readonly (readonly (readonly string[])[])[], form: Partial<FileForm> = {}, header = HEADER) {
  const tables = files.map((rows, i) =>
    tableOf(
      `shop-${i + 1}`,
      header,
      rows.map((cells, at) => ({ line: at + 2, cells })),
    ),
  );
  const rules = {
    form: { ...PLAIN_FORM, ...form },
    ...{ currency: 'EUR', minorPerMajor: 100, nowMs: NOW_MS, maxFutureMs: 0 },
  };
  const checked = await EventFiles.check(tables, rules);
  const events = [];
  for (const file of checked.files) for await (const event of file.events()) events.push(event);
  return { events, reports: checked.files.map((file) => file.report()) };
}

const refund = (amount: string, ts = '2024-01-03', id = 'A') => ['17', ts, 'refund', id, amount];

describe('repeats are found by what rows say, not by how it is written', () => {
  test.each([
    [['5', '5.00', '-5', '+5.00 €', '(5)', '\u22125', '="5"']],
    [['1234,50', '1.234,50', '-1 234,5', '1234,50 EUR']],
    // The decimal mark shows itself in the last row only.
    [['1.234', '1234', '-1.234,00', '1234,00']],
  ])('the amounts %j of one refund', async (amounts) => {
    await expect(read([amounts.map((amount) => refund(amount))])).rejects.toThrow(
      `order ids repeat: ${amounts.length - 1} of ${amounts.length} rows`,
    );
    const { events, reports } = await read([amounts.map((amount) => refund(amount))], { repeats: 'drop' });
    expect(events).toHaveLength(1);
    expect(reports[0]).toMatchObject({ taken: 1, unusable: 0 });
  });

  test('the time of one refund in several forms', async () => {
    const times = ['2024-01-03', '2024-01-03T00:00:00Z', '2024-01-03 01:00:00+01:00', '3.1.2024'];
    const rows = times.map((ts) => refund('5', ts));
    const { events } = await read([rows], { repeats: 'drop', dateFormats: ['d.M.yyyy'] });
    expect(events).toHaveLength(1);
    const others = [refund('5'), refund('6'), refund('5', '2024-01-04'), refund('5', '2024-01-03', 'B')];
    expect((await read([others])).events).toHaveLength(4);
  });

  test('a refund by a price of one item is another one with other items', async () => {
    const header = ['customer_id', 'ts', 'kind', 'order_id', 'unit_price', 'items'];
    const row = (price: string, items: string) => ['17', '2024-01-03', 'refund', 'A', price, items];
    expect((await read([[row('5', '1'), row('5', '2')]], {}, header)).events).toHaveLength(2);
    await expect(read([[row('5', '2'), row('2.50', '4')]], {}, header)).rejects.toThrow(/order ids repeat/);
  });
});

describe('without order ids', () => {
  const rows = [
    ['17', '2024-01-03', 'order', '', '5'],
    ['17', '2024-01-03T00:00:00Z', 'Order', '', '5.00'],
    ['17', '2024-01-03', 'refund', '', '5'],
    ['17', '2024-01-03', 'order', '', '6'],
    ['18', '2024-01-03', 'order', '', '5'],
    ['17', '2024-01-03', 'click', '', ''],
    ['17', '2024-01-03', 'click', '', ''],
  ];

  test('rows that look alike are taken, and the report says so', async () => {
    const { events, reports } = await read([rows, [rows[3]!]]);
    expect(events).toHaveLength(8);
    expect(reports.map(({ notes }) => notes)).toEqual([
      [
        '1 row without an order id has the customer, time and amount of an earlier row, the first on line 3: if they are there twice, leave them out with --drop-repeats',
      ],
      [expect.stringMatching(/^1 row without an order id .* line 2: /)],
    ]);
  });

  test('they are left out with drop, in other files too', async () => {
    const { events, reports } = await read([rows, [rows[3]!]], { repeats: 'drop' });
    expect(events).toHaveLength(6);
    expect(reports[1]).toMatchObject({
      ...{ taken: 0, unusable: 0, notes: [] },
      passedOver: [{ first: 'it has no order id, and all that an earlier row has, line 2', why: /drop-repeats/ }].map(
        (each) => ({ ...each, why: expect.stringMatching(each.why) }),
      ),
    });
  });
});
