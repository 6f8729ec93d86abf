import { mulberry32 } from '../../../src/domain/math/random';
import type { BrokenRow, TableRow } from '../../../src/ports/table-file';
import { EventCodec } from '../../../src/serde/event-codec';
import { EventEncoder, type OutgoingEvent } from '../../../src/serde/event-encoder';
import { EventFiles } from '../../../src/services/files/event-files';
import { reportLines } from '../../../src/services/files/file-report';
import { type FileForm, PLAIN_FORM } from '../../../src/services/files/file-rules';
import { kindOf, kindsOver } from '../../../src/services/files/kinds';
import { testSeed } from '../../support/seeded';
import { tableOf } from '../../support/tables';

const NOW_MS = Date.parse('2026-01-01T00:00:00Z');
const DAY_MS = 86_400_000;
const HEADER = ['customer_id', 'ts', 'kind', 'order_id', 'amount', 'items'];
const TIME = '2010-12-01T08:34:00Z';
const T0 = Date.parse(TIME) / 1000;

interface Given {
  readonly header?: readonly string[];
  readonly form?: Partial<FileForm>;
  readonly currency?: string;
  readonly minorPerMajor?: number;
}

type Cells = readonly string[];

/** Tables whose rows are on the lines 2, 3 and so on. */
async function readFiles(files: readonly (readonly (Cells | BrokenRow)[])[], given: Given = {}) {
  const { header = HEADER, form = {}, currency = 'EUR', minorPerMajor = 100 } = given;
  const tables = files.map((rows, i) =>
    tableOf(
      i === 0 ? 'shop' : `shop-${i + 1}`,
      header,
      rows.map((row, at): TableRow | BrokenRow => ('fault' in row ? row : { line: at + 2, cells: row })),
    ),
  );
  const rules = { form: { ...PLAIN_FORM, ...form }, currency, minorPerMajor, nowMs: NOW_MS, maxFutureMs: DAY_MS };
  const read = await EventFiles.check(tables, rules);
  const events: OutgoingEvent[] = [];
  for (const file of read.files) for await (const event of file.events()) events.push(event);
  return { events, read, reports: read.files.map((file) => file.report()), report: read.files[0]!.report() };
}

const readRows = (rows: readonly (Cells | BrokenRow)[], given: Given = {}) => readFiles([rows], given);
const order = (
  id: string,
  amount: string,
  changes: { ts?: string; customer?: string; kind?: string; items?: string } = {},
) => [changes.customer ?? '17', changes.ts ?? TIME, changes.kind ?? 'order', id, amount, changes.items ?? '1'];

test('a price without a number of items is no amount of 0: the row can not be used', async () => {
  const header = ['customer_id', 'ts', 'order_id', 'unit_price'];
  const cells = [1, 2].map((i) => ({ line: i + 1, cells: ['a', '2024-01-01', `${i}`, '5.00'] }));
  const rules = {
    form: PLAIN_FORM,
    currency: 'EUR',
    minorPerMajor: 100,
    nowMs: Date.parse('2026-01-01'),
    maxFutureMs: 0,
  };
  const files = await EventFiles.check([tableOf('prices', header, cells)], rules);
  await files.survey();
  expect(() => files.requireUsable(false, () => {})).toThrow(
    /unit_price is multiplied by it: name its column, --map items=NAME/,
  );
});

test('kinds that a user gives go on top of those of a preset', () => {
  const preset = {
    fixed: null,
    values: new Map([
      ['voided', null],
      ['done', 'order' as const],
    ]),
    others: 'order' as const,
  };
  const given = {
    fixed: null,
    values: new Map([
      ['refunded', 'refund' as const],
      ['done', 'click' as const],
    ]),
    others: null,
  };
  const both = kindsOver(given, preset);
  expect(['refunded', 'done', 'voided', 'paid'].map((value) => kindOf(value, both))).toEqual([
    'refund',
    'click',
    null,
    'order',
  ]);
  expect(kindsOver(null, preset)).toBe(preset);
  expect(kindsOver({ ...given, fixed: 'order' }, preset).fixed).toBe('order');
});

describe('a row becomes an event', () => {
  test('orders, refunds (given back is positive), clicks and browses; ids from the file and its line', async () => {
    const { events, report } = await readRows([
      order('A1', '12.50', { items: '3' }),
      order('C1', '-2.5', { kind: 'refund', items: '-1' }),
      order('', '', { kind: 'Click', items: '' }),
      order('', '', { kind: 'browse', items: '' }),
    ]);
    const common = { customerId: '17', timeS: T0, items: 0, dwellS: 0, stars: 0, amountMinor: 0 };
    expect(events).toEqual([
      { ...common, kind: 'order', eventId: 'shop:2', orderId: 'A1', amountMinor: 1_250, items: 3 },
      { ...common, kind: 'refund', eventId: 'shop:3', orderId: 'C1', amountMinor: 250 },
      { ...common, kind: 'click', eventId: 'shop:4' },
      { ...common, kind: 'browse', eventId: 'shop:5' },
    ]);
    expect(report).toMatchObject({ rows: 4, taken: 4, events: 4, unusable: 0, passedOver: [], notes: [] });
  });

  test('a review has its stars in a column of that name, else in attr, or none', async () => {
    const header = ['customer_id', 'ts', 'kind', 'attr', 'stars'];
    const review = (attr: string, stars: string) => ['17', TIME, 'review', attr, stars];
    const { events, report } = await readRows(
      [review('blue', '5'), review('', ''), review('', '6'), review('', '4.5')],
      { header },
    );
    expect(events.map(({ stars }) => stars)).toEqual([5, 0]);
    expect(report.passedOver).toEqual([
      { why: 'not a whole number from 1 to 5', count: 2, first: 'stars is "6", line 4' },
    ]);
    const old = await readRows([['17', TIME, 'review', ' 2 ']], { header: header.slice(0, 4) });
    expect(old.events[0]!.stars).toBe(2);
  });

  test('an order without an amount counts as an order of 0, and is reported', async () => {
    const { events, report } = await readRows([order('A', ''), order('B', ' ')]);
    expect(events.map(({ amountMinor }) => amountMinor)).toEqual([0, 0]);
    expect(report.notes).toEqual(['2 orders without an amount, taken as 0']);
  });

  test('what databases write for no value counts as no value, in every column', async () => {
    const absent = [
      'NULL',
      'null',
      'N/A',
      'n/a',
      'nan',
      'NaN',
      'None',
      '-',
      ' - ',
      '\\N',
      'NA',
      '(null)',
      '[NULL]',
      '<null>',
      'none',
      '—',
    ];
    const rows = absent.map((text, i) => ['17', TIME, 'order', `A${i}`, text, text, text]);
    const { events, report } = await readRows(rows, { header: [...HEADER, 'currency'] });
    expect(events.map(({ amountMinor, items }) => [amountMinor, items])).toEqual(absent.map(() => [0, 0]));
    expect(report).toMatchObject({ passedOver: [], notes: ['16 orders without an amount, taken as 0'] });
    const nobody = await readRows(absent.map((customer, i) => order(`A${i}`, '3', { customer })));
    expect(nobody.report.taken).toBe(0);
    expect(nobody.report.passedOver).toEqual([
      { why: 'a row needs a customer', count: 16, first: 'customer_id is "NULL", line 2' },
    ]);
    const noIds = await readRows([order('NULL', '3'), order('NULL', '4')]);
    expect(noIds.events.map(({ orderId }) => orderId)).toEqual(['shop:2', 'shop:3']);
  });

  test('a number of items that can not be read costs the number, not the order; without a price it decides nothing else', async () => {
    const bad = ['three', '2.5', '99999999999', '1e300'].map((items, i) => order(`A${i}`, '3', { items }));
    const { events, report } = await readRows([order('A', '3', { items: '2' }), ...bad]);
    expect(events.map(({ amountMinor, items }) => [amountMinor, items])).toEqual([
      [300, 2],
      ...bad.map(() => [300, 0]),
    ]);
    expect(report).toMatchObject({ taken: 5, unusable: 0 });
    expect(report.notes).toEqual([
      '4 orders whose items are no whole number: taken without a number of items, the first on line 3',
    ]);
    const joined = await readRows([order('A', '3', { items: '2' }), order('A', '4', { items: 'x' })], {
      form: { repeats: 'sum' },
    });
    expect(joined.events).toMatchObject([{ amountMinor: 700, items: 0 }]);
    const priced = await readRows([['17', TIME, 'A', 'x', '2.50']], {
      header: ['customer_id', 'ts', 'order_id', 'items', 'unit_price'],
    });
    expect(priced.report.passedOver).toEqual([
      { why: 'not a whole number, and unit_price is multiplied by it', count: 1, first: 'items is "x", line 2' },
    ]);
  });

  test('the currency decides the minor unit; more decimals are rounded half to even and counted', async () => {
    const yen = await readRows([order('A', '168'), order('B', '168.5')], { currency: 'JPY', minorPerMajor: 1 });
    expect(yen.events.map(({ amountMinor }) => amountMinor)).toEqual([168, 168]);
    expect(yen.report.notes).toEqual(['1 amount with more decimals than the currency, rounded half to even']);
    const dinar = await readRows([order('A', '1.005')], { currency: 'KWD', minorPerMajor: 1_000 });
    expect(dinar.events[0]!.amountMinor).toBe(1_005);
  });
});

describe('a row that can not be used is passed over, and named with its line', () => {
  test.each([
    ['another mark', order('B', '12,50'), /^amount is "12,50", line 3: .*--decimal comma would read it/],
    ['a negative order', order('B', '-3'), /negative: "-3", line 3: what is given back is a refund/],
    ['no customer', order('B', '3', { customer: ' ' }), /^customer_id is empty, line 3/],
    [
      'no time',
      order('B', '3', { ts: 'yesterday' }),
      /^ts is "yesterday", line 3: not an ISO 8601 date: give --date-format/,
    ],
    ['no month', order('B', '3', { ts: '2019-13-01T00:00:00Z' }), /line 3: no day or time of the calendar/],
    [
      '30 February',
      order('B', '3', { ts: '2024-02-30' }),
      /^ts is "2024-02-30", line 3: no day or time of the calendar/,
    ],
    ['a German date', order('B', '3', { ts: '03.01.2024 7:05' }), /give --date-format 'd.M.yyyy H:mm'/],
    [
      'a date of two readings',
      order('B', '3', { ts: '01/03/2024' }),
      /give --date-format 'd\/M\/yyyy' or 'M\/d\/yyyy'/,
    ],
    ['seconds since 1970', order('B', '3', { ts: '1704276000' }), /give --date-format 'unix'/],
    [
      'more than the stream takes',
      order('B', '1000000000000.01'),
      /line 3: the stream would refuse it \(invalid-value\)/,
    ],
    ['digits beyond 2^53', order('B', '90071992547409.91e2'), /^amount is "90071992547409.91e2", line 3: too large$/],
    ['a power beyond all', order('B', '1e300'), /line 3: too large$/],
    [
      'a zone by its name',
      order('B', '3', { ts: '2024-01-03 10:00:00 EST' }),
      /the zone EST is a name: write its offset/,
    ],
    [
      'a time of twelve hours',
      order('B', '3', { ts: '01/03/2024 8:26 PM' }),
      /'M\/d\/yyyy h:mm a' or 'd\/M\/yyyy h:mm a'/,
    ],
    ['an order in brackets', order('B', '(3)'), /negative: "-3", line 3: what is given back is a refund/],
    ['an id too long', order('B', '3', { customer: 'x'.repeat(513) }), /line 3: the stream would refuse it/],
    ['an order id too long', order('B'.repeat(513), '3'), /line 3: the stream would refuse it/],
    ['before the stream', order('B', '3', { ts: '1970-01-01T00:00:01Z' }), /line 3: before 1990/],
    ['after now', order('B', '3', { ts: '2099-12-31' }), /^ts is 2099-12-31T00:00:00.000Z, line 3: later than now/],
    ['just too late', order('B', '3', { ts: '2026-01-02T00:00:01Z' }), /line 3: later than now/],
    [
      'another currency sign',
      order('B', '$12.50'),
      /^amount is "\$12.50", line 3: not an amount in EUR; if the amounts are in USD, give --currency USD$/,
    ],
    ['words', order('B', 'twelve'), /^amount is "twelve", line 3: not an amount in EUR/],
    ['no row', { line: 3, fault: 'it has 7 columns, the header 6' }, /^not a row, line 3: it has 7 columns/],
  ])('%s', async (_name, bad, text) => {
    const { events, report } = await readRows([order('A', '1.50'), bad, order('C', '1.50')]);
    expect(events).toHaveLength(2);
    expect(report).toMatchObject({ rows: 3, taken: 2, unusable: 1 });
    const [line, reason, ...rest] = reportLines(report);
    expect(line).toBe('shop.csv: 3 rows read, 2 taken, 1 passed over');
    expect(reason!.replace(/^ {2}1 passed over: /, '')).toMatch(text);
    expect(rest).toEqual([]);
  });

  test('up to CLV_MAX_FUTURE_SECONDS after now a row is taken, as on the stream', async () => {
    const { events } = await readRows([order('A', '1', { ts: '2026-01-02T00:00:00Z' })]);
    expect(events).toHaveLength(1);
  });

  test('kinds that are no input are counted by name, and do not count as unusable', async () => {
    const kinds = ['campaign_sent', 'campaign_sent', 'session_lost', 'order'];
    const { report } = await readRows(kinds.map((kind, i) => order(`A${i}`, '1', { kind })));
    expect(report).toMatchObject({ taken: 1, unusable: 0 });
    expect(report.passedOver).toEqual([
      { why: 'kind campaign_sent is no input', count: 2, first: 'kind is "campaign_sent", line 2' },
      { why: 'kind session_lost is no input', count: 1, first: 'kind is "session_lost", line 4' },
    ]);
  });

  test('if no row was taken, the error says how many of how many, and why', async () => {
    const rows = Array.from({ length: 2_122 }, (_, i) => order(`o${i}`, '42,50'));
    const { read } = await readRows(rows, { form: { decimal: '.' } });
    expect(() => read.requireUsable(true, () => {})).toThrow(
      'shop.csv: 2,122 of 2,122 rows were passed over: amount is "42,50", line 2: not a number with a decimal point; --decimal comma would read it.',
    );
    const empty = await readRows([]);
    expect(() => empty.read.requireUsable(false, () => {})).toThrow('shop.csv has a header and no rows.');
  });
});

describe('columns', () => {
  test('a column that is there twice is refused, whatever its case; one that is not used may be', async () => {
    await expect(readRows([], { header: [...HEADER.slice(0, 5), 'amount'] })).rejects.toThrow(
      'shop.csv has the column amount twice (columns 5 and 6): rename or delete one.',
    );
    await expect(readRows([], { header: [...HEADER, 'Amount '] })).rejects.toThrow(/amount twice/);
    await expect(readRows([], { header: [...HEADER, 'note', 'note', '', ''] })).resolves.toBeDefined();
  });

  test('missing columns are named, with the mapping that the header suggests', async () => {
    const header = ['CustomerID', 'OrderDate', 'OrderNumber', 'Total', 'Quantity'];
    const map = 'customer_id=CustomerID,ts=OrderDate,order_id=OrderNumber,amount=Total,items=Quantity';
    await expect(readRows([], { header })).rejects.toThrow(
      `shop.csv has no column customer_id, ts: its header names ${header.join(', ')}. Say which column is which: --map '${map}'.`,
    );
    await expect(readRows([], { header: ['customer_id:ts'] })).rejects.toThrow(/--delimiter/);
    await expect(readRows([], { header: ['customer_id', 'ts'] })).rejects.toThrow(/no column kind.*--kind click/);
  });

  test('are mapped by name; without a kind, a row with an amount is an order, or a refund if that is negative', async () => {
    const header = ['Client', 'When', 'No', 'Sum, gross', 'kind of customer'];
    const map = { customer_id: 'client', ts: 'When', order_id: 'No', amount: 'Sum, gross' };
    const rows = [
      ['A1', '2024-01-03', '1', '42.50', 'x'],
      ['A1', '2024-01-04', '1', '-2.50', 'x'],
    ];
    const { events, report } = await readRows(rows, { header, form: { map } });
    expect(events.map(({ kind, amountMinor }) => [kind, amountMinor])).toEqual([
      ['order', 4_250],
      ['refund', 250],
    ]);
    expect(report.notes).toEqual(['it has no column kind: its rows are orders, those with a negative amount refunds']);
    await expect(readRows([], { header, form: { map: { ...map, ts: 'Then' } } })).rejects.toThrow(/no column Then/);
  });

  test('a mapped name that stands there goes before one that differs in case', async () => {
    const header = ['customer_id', 'ts', 'kind', 'order_id', 'amount', 'Amount'];
    const { events } = await readRows([['1', TIME, 'order', 'A', '1', '2']], {
      header,
      form: { map: { amount: 'Amount' } },
    });
    expect(events[0]!.amountMinor).toBe(200);
  });

  test('ids that Excel has shortened are passed over: several of them are one; what it keeps as text is read', async () => {
    const { events, report } = await readRows([
      order('A', '1', { customer: '4.55123E+12' }),
      order('4,55123E+12', '2'),
      order('="0017"', "'3.50", { customer: '="0042"', ts: '="2024-01-03"', items: '="2"' }),
    ]);
    expect(events).toEqual([
      expect.objectContaining({ customerId: '0042', orderId: '0017', amountMinor: 350, items: 2 }),
    ]);
    expect(report).toMatchObject({
      unusable: 2,
      passedOver: [{ count: 2, first: 'customer_id is "4.55123E+12", line 2', why: /Excel has shortened/ }].map(
        (each) => ({ ...each, why: expect.stringMatching(each.why) }),
      ),
    });
  });

  test('errors of a spreadsheet are no values', async () => {
    const { report } = await readRows([
      order('A', '#DIV/0!'),
      ...['#REF!', '#NAME?'].map((customer, i) => order(`B${i}`, '1', { customer })),
    ]);
    expect(report).toMatchObject({ taken: 1, unusable: 2, notes: ['1 order without an amount, taken as 0'] });
  });

  test('the currency of a row may be its sign', async () => {
    const header = [...HEADER, 'currency'];
    const rows = ['€', 'Euro', 'US$'].map((currency, i) => [...order(`A${i}`, '1'), currency]);
    const { report } = await readRows(rows, { header });
    expect(report).toMatchObject({
      taken: 2,
      passedOver: [{ why: 'this run counts EUR only; for those in USD give --currency USD' }],
    });
  });

  test('the currency of a row is checked', async () => {
    const header = [...HEADER, 'currency'];
    const rows = ['eur', '', 'USD'].map((currency, i) => [...order(`A${i}`, '1'), currency]);
    const { report } = await readRows(rows, { header });
    expect(report).toMatchObject({
      taken: 2,
      passedOver: [
        { first: 'currency is "USD", line 4', why: 'this run counts EUR only; for those in USD give --currency USD' },
      ],
    });
  });

  test('values of the kind column have the meaning that is given', async () => {
    const values = new Map([['purchase', 'order' as const]]);
    const form = { kinds: { fixed: null, values, others: null } };
    const { events } = await readRows([order('A', '1', { kind: 'Purchase' }), order('B', '1', { kind: 'refund' })], {
      form,
    });
    expect(events.map(({ kind }) => kind)).toEqual(['order', 'refund']);
    const clicks = await readRows([['17', TIME]], {
      header: ['customer_id', 'ts'],
      form: { kinds: { fixed: 'click', values: new Map(), others: null } },
    });
    expect(clicks.events[0]!.kind).toBe('click');
  });
});

describe('rows with one order id', () => {
  const lines = [order('A', '1.50', { items: '2' }), order('B', '3'), order('A', '2.25', { items: '3' })];

  test('stop the reading before the first event, and both ways out are named', async () => {
    await expect(readRows(lines)).rejects.toThrow(
      /order ids repeat: 1 of 3 rows .* the first on line 4 \(order "A"\).*--join-lines.*--drop-repeats.*--map 'order_id='/,
    );
  });

  test('are found across files', async () => {
    await expect(readFiles([[order('A', '1')], [order('B', '1'), order('A', '1')]])).rejects.toThrow(
      /shop-2\.csv: order ids repeat: 1 of 3 rows .* line 3/,
    );
  });

  test('are other orders for another customer, and none without an id or as refunds of different times', async () => {
    const { events } = await readRows([
      order('A', '5'),
      order('A', '5', { customer: '18' }),
      order('', '5'),
      order('', '5'),
      order('A', '-1', { kind: 'refund' }),
      order('A', '-1', { kind: 'refund', ts: '2010-12-03' }),
      order('A', '-2', { kind: 'refund', ts: '2010-12-03' }),
      order('A', '', { kind: 'click' }),
      order('A', '', { kind: 'click' }),
    ]);
    expect(events).toHaveLength(9);
    const refunds = Array.from({ length: 2 }, () => order('A', '-1', { kind: 'refund' }));
    await expect(readRows(refunds)).rejects.toThrow(/order ids repeat/);
  });

  test('are added up with sum: one order where its last line is, from the first line and its time', async () => {
    const { events, report } = await readRows(lines, { form: { repeats: 'sum' } });
    expect(events).toMatchObject([
      { eventId: 'shop:3', orderId: 'B', amountMinor: 300 },
      { eventId: 'shop:2', orderId: 'A', amountMinor: 375, items: 5 },
    ]);
    expect(report).toMatchObject({ rows: 3, taken: 3, events: 2, notes: ['2 lines added up to 1 order'] });
  });

  test('that say different things of their order are reported', async () => {
    const later = { ts: '2010-12-01T08:35:00Z' };
    const sum = await readRows([order('A', '1', later), order('A', '2'), order('B', '3')], {
      form: { repeats: 'sum' },
    });
    expect(sum.events).toMatchObject([{ timeS: T0, amountMinor: 300 }, { orderId: 'B' }]);
    expect(sum.report.notes).toContain(
      '1 order with lines of different times: the earliest counts, the first on line 2',
    );
    const total = await readRows([order('A', '5'), order('A', '6'), order('B', '7'), order('B', '')], {
      form: { repeats: 'total' },
    });
    expect(total.events.map(({ amountMinor }) => amountMinor)).toEqual([500, 700]);
    expect(total.report.notes).toContain(
      '1 order with lines of different totals: the first total counts, the first on line 2',
    );
    const apart = await readRows([order('A', '5'), order('A', '6', { customer: '18' })], { form: { repeats: 'sum' } });
    expect(apart.events.map(({ customerId }) => customerId)).toEqual(['17', '18']);
    expect(apart.report.notes).toContain(
      '1 order with the id of the one before and another customer: kept apart, the first on line 3',
    );
  });

  test('and name no customer belong to the line before, else to nobody if several customers have an order with that id', async () => {
    const stray = order('A', '4', { customer: '' });
    const rows = [order('A', '1'), order('B', '1'), order('A', '2', { customer: '18' })];
    const beside = await readRows([...rows, stray], { form: { repeats: 'sum' } });
    expect(beside.events.map(({ customerId, orderId, amountMinor }) => [customerId, orderId, amountMinor])).toEqual([
      ['17', 'A', 100],
      ['17', 'B', 100],
      ['18', 'A', 600],
    ]);
    const apart = await readRows([...rows, order('C', '1'), stray], { form: { repeats: 'sum' } });
    expect(apart.report).toMatchObject({
      taken: 4,
      passedOver: [{ why: 'a row needs a customer', count: 1, first: 'customer_id is empty, line 6' }],
    });
  });

  test('have one total with total, wherever it stands', async () => {
    for (const amounts of [
      ['3.75', ''],
      ['', '3.75'],
      ['3.75', '3.75'],
    ]) {
      const rows = amounts.map((amount) => order('A', amount));
      const { events } = await readRows(rows, { form: { repeats: 'total' } });
      expect(events).toMatchObject([{ amountMinor: 375, items: 2 }]);
    }
  });

  test('are left out with drop, counted, and the run is not at fault', async () => {
    const { events, report } = await readRows([...lines, ...lines], { form: { repeats: 'drop' } });
    expect(events.map(({ eventId }) => eventId)).toEqual(['shop:2', 'shop:3']);
    expect(report).toMatchObject({
      ...{ rows: 6, taken: 2, unusable: 0 },
      passedOver: [{ count: 4, first: 'its order id is that of an earlier row, line 4' }],
    });
  });

  test('with drop, the first one that can be used is taken', async () => {
    const { events } = await readRows([order('A', 'x'), order('A', '2')], { form: { repeats: 'drop' } });
    expect(events).toMatchObject([{ eventId: 'shop:3', amountMinor: 200 }]);
  });

  test('make no order if one of them can not be used: its amount would be wrong', async () => {
    const rows = [order('A', '1'), order('A', 'x'), order('A', '2'), order('B', '3')];
    const { events, report } = await readRows(rows, { form: { repeats: 'sum' } });
    expect(events).toMatchObject([{ orderId: 'B' }]);
    expect(report).toMatchObject({ rows: 4, taken: 1, unusable: 3 });
    expect(report.passedOver.map(({ count, first }) => [count, first])).toEqual([
      [2, 'its order has another line, line 2'],
      [1, 'amount is "x", line 3'],
    ]);
  });

  test('name each line once if none of them can be used', async () => {
    const { report } = await readRows([order('A', 'x'), order('A', 'y')], { form: { repeats: 'sum' } });
    expect(report.passedOver).toMatchObject([{ count: 2, first: 'amount is "x", line 2' }]);
  });

  test('in several files are counted where they are, and the order has the id of its first line', async () => {
    const files = [
      [order('A', '1'), order('A', '2'), order('B', '3')],
      [order('C', '4'), order('A', '5'), order('D', 'x')],
      [order('D', '6')],
    ];
    const { events, reports } = await readFiles(files, { form: { repeats: 'sum' } });
    expect(events).toMatchObject([
      { eventId: 'shop:4', orderId: 'B', amountMinor: 300 },
      { eventId: 'shop-2:2', orderId: 'C', amountMinor: 400 },
      { eventId: 'shop:2', orderId: 'A', amountMinor: 800 },
    ]);
    expect(reports).toMatchObject([
      { rows: 3, taken: 3, passedOver: [], notes: ['3 lines added up to 1 order, 1 of them in other files'] },
      { rows: 3, taken: 2, passedOver: [{ count: 1, first: 'amount is "x", line 4' }], notes: [] },
      { rows: 1, taken: 0, passedOver: [{ count: 1, first: 'its order has another line, line 2' }], notes: [] },
    ]);
    const refused = await readFiles([[order('A', '-1')], [order('A', '-2')]], { form: { repeats: 'sum' } });
    expect(refused.reports.map(({ passedOver: [reason] }) => reason!.first!.replace(/.*, /, ''))).toEqual([
      'line 2',
      'line 2 of shop.csv',
    ]);
  });

  const seed = testSeed();
  test(`added up, they are the orders that were cut into lines, in any order (seed ${seed})`, async () => {
    const random = mulberry32(seed);
    for (let round = 0; round < 20; round++) {
      const totals = new Map<string, number>();
      const rows: string[][] = [];
      for (let i = 0; i < 60; i++) {
        const key = `${Math.floor(random() * 5)} o${Math.floor(random() * 20)}`;
        const cents = Math.floor(random() * 10_000);
        totals.set(key, (totals.get(key) ?? 0) + cents);
        const [customer, id] = key.split(' ');
        rows.push(order(id!, (cents / 100).toFixed(2), { customer: customer! }));
      }
      const { events, report, reports } = await readFiles([rows.slice(0, 25), rows.slice(25)], {
        form: { repeats: 'sum' },
      });
      expect(reports.map(({ rows: read, taken }) => [read, taken])).toEqual([
        [25, 25],
        [35, 35],
      ]);
      expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length);
      expect(new Map(events.map((event) => [`${event.customerId} ${event.orderId}`, event.amountMinor]))).toEqual(
        totals,
      );
      expect(report.unusable).toBe(0);
    }
  });
});

test('two files of one name are refused: their events would have the same ids', async () => {
  const tables = ['2023/shop.csv', '2024/shop.csv'].map((path) => tableOf('shop', HEADER, [], { path }));
  const rules = { form: PLAIN_FORM, currency: 'EUR', minorPerMajor: 100, nowMs: NOW_MS, maxFutureMs: 0 };
  await expect(EventFiles.check(tables, rules)).rejects.toThrow(
    '2023/shop.csv and 2024/shop.csv are both named shop, so their events would have the same ids: rename one.',
  );
});

const seed = testSeed();
test(`what is taken from a file, the scorer takes from the stream (seed ${seed})`, async () => {
  const random = mulberry32(seed);
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)]!;
  const rows = Array.from({ length: 3_000 }, (_, i) => [
    pick(['a', 'b', ' c', '', 'x'.repeat(512), 'x'.repeat(513), '\ud800', '2^53: 9007199254740993']),
    pick(['2010-12-01', '1989-12-31', '1990-01-01', '2026-01-01', '2026-01-03', '2099-01-01', '2024-02-30', 'x']),
    pick(['order', 'refund', 'cancel', 'click', 'browse', 'review', 'wish']),
    pick([`o${i}`, '', `${'o'.repeat(506)}${i}`, `${'o'.repeat(512)}${i}`]),
    pick(['1', '1.5', '-2', '', '1e12', '1e13', '0', '1,5', '-0', '1e-9', '9'.repeat(30)]),
    pick(['', '1', '-1', '2147483647', '2147483648', '1.5', '1e300', '-0']),
    pick(['', '0', '1', '5', '6', '-1', '2.5']),
  ]);
  const { events, report } = await readRows(rows, { header: [...HEADER, 'stars'] });
  const encoder = new EventEncoder('EUR');
  const codec = new EventCodec({ currency: 'EUR', partitions: 1, hash: 'murmur2', maxFutureMs: DAY_MS });
  const roles: Record<string, number> = { orders: 0, clicks: 1, browses: 2, reviews: 4 };
  for (const event of events) {
    const { role, value } = encoder.encodeEvent(event);
    const { orderId, ...sent } = event;
    expect(codec.decodeEvent(roles[role]!, 0, value, NOW_MS)).toEqual({ ok: true, value: sent });
  }
  expect(events.length).toBeGreaterThan(100);
  expect(report.taken + report.passedOver.reduce((total, { count }) => total + count, 0)).toBe(3_000);
});
