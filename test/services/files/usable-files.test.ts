import { mulberry32 } from '../../../src/domain/math/random';
import type { OutgoingEvent } from '../../../src/serde/event-encoder';
import { EventFiles } from '../../../src/services/files/event-files';
import { type FileForm, PLAIN_FORM } from '../../../src/services/files/file-rules';
import { testSeed } from '../../support/seeded';
import { tableOf } from '../../support/tables';

const HEADER = ['customer_id', 'ts', 'kind', 'order_id', 'amount'];

type Cells = readonly string[];
const row = (i: number, changes: Partial<Record<string, string>> = {}): Cells => {
  const cells: Record<string, string> = {
    customer_id: 'c',
    ts: '2024-01-03',
    kind: 'order',
    order_id: `o${i}`,
    amount: '2.50',
  };
  return HEADER.map((name) => changes[name] ?? cells[name]!);
};
const rows = (count: number, changes: Partial<Record<string, string>> = {}, from = 0) =>
  Array.from({ length: count }, (_, i) => row(from + i, changes));

async function filesOf(contents: readonly (readonly Cells[])[], form: Partial<FileForm> = {}): Promise<EventFiles> {
  const tables = contents.map((cells, i) =>
    tableOf(
      `shop-${i + 1}`,
      HEADER,
      cells.map((each, at) => ({ line: at + 2, cells: each })),
    ),
  );
  const nowMs = Date.parse('2026-01-01T00:00:00Z');
  const rules = { form: { ...PLAIN_FORM, ...form }, currency: 'EUR', minorPerMajor: 100, nowMs, maxFutureMs: 0 };
  return EventFiles.check(tables, rules);
}

async function faultOf(contents: readonly (readonly Cells[])[], form: Partial<FileForm> = {}): Promise<string | null> {
  const files = await filesOf(contents, form);
  await files.survey();
  try {
    files.requireUsable(false, () => {});
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a file of which more rows can not be used than can is refused', () => {
  test('with the most frequent reason, its first line and the fix', async () => {
    expect(
      await faultOf([
        [
          ...rows(3, { amount: '12' }),
          ...rows(4, { amount: '3,784' }, 3),
          ...rows(2, { customer_id: '', amount: '12' }, 7),
        ],
      ]),
    ).toBe(
      'shop-1.csv: 6 of 9 rows can\'t be used, 3 can. The most frequent reason: amount is "3,784", line 5: is its mark a decimal one?; give --decimal point or --decimal comma. --force goes on without such rows.',
    );
  });

  test('each file by itself', async () => {
    const good = rows(100);
    const bad = [...rows(1, {}, 100), ...rows(2, { ts: 'soon' }, 101)];
    expect(await faultOf([good, bad])).toMatch(/^shop-2\.csv: 2 of 3 rows can't be used, 1 can/);
  });

  test('half of them, a quarter without a customer, rows of other kinds and repeats are no reason', async () => {
    expect(await faultOf([[...rows(3), ...rows(3, { amount: 'x' }, 3)]])).toBeNull();
    expect(await faultOf([[...rows(3), ...rows(1, { customer_id: '' }, 3)]])).toBeNull();
    expect(await faultOf([[...rows(1), ...rows(9, { kind: 'campaign' }, 1)]])).toBeNull();
    expect(await faultOf([[...rows(1), ...rows(1), ...rows(1)]], { repeats: 'drop' })).toBeNull();
  });

  test('with force it is a warning', async () => {
    const files = await filesOf([[...rows(1), ...rows(2, { ts: 'soon' }, 1)]]);
    await files.survey();
    const said: string[] = [];
    files.requireUsable(true, (line) => said.push(line));
    expect(said).toEqual([expect.stringMatching(/^warning: shop-1\.csv: 2 of 3 rows can't be used, 1 can/)]);
  });

  test('kinds that look like orders can not be used as they are, and all of them are named at once', async () => {
    const mixed = [...rows(1), ...rows(2, { kind: 'Purchase' }, 1), ...rows(2, { kind: 'order_placed' }, 3)];
    expect(await faultOf([mixed])).toMatch(
      /reason: kind is "Purchase", line 3: kind Purchase is no input; if it means order, give --kind 'Purchase=order'\. All kinds at once: --kind 'purchase=order,order_placed=order'\. --force/,
    );
    expect(await faultOf([rows(2, { kind: 'sale' })])).toMatch(
      /2 of 2 rows were passed over: .*--kind 'sale=order'\.$/,
    );
    const kinds = { fixed: null, values: new Map([['purchase', 'order' as const]]), others: null };
    expect(await faultOf([rows(2, { kind: 'purchase' })], { kinds })).toBeNull();
  });

  test('a file without an order, whose other kinds have amounts, is refused with the kinds; an empty kind with an amount can not be used', async () => {
    const states = [
      ...rows(2, { kind: 'refund' }),
      ...rows(9, { kind: 'Delivered' }, 2),
      ...rows(1, { kind: 'sales order' }, 11),
    ];
    expect(await faultOf([states])).toMatch(
      /none of its rows is an order, .*\. If they are orders, give --kind 'delivered=order,sales order=order'\. --force/,
    );
    expect(await faultOf([rows(3, { kind: 'Delivered' })])).toMatch(
      /If they are orders, give --kind delivered=order\.$|'delivered=order'\.$/,
    );
    const kinds = { fixed: null, values: new Map([['delivered', 'order' as const]]), others: null };
    expect(await faultOf([states], { kinds })).toBeNull();
    expect(await faultOf([[...rows(2), ...rows(5, { kind: '' }, 2)]])).toMatch(
      /5 of 7 rows can't be used.*the kind is empty: fill it in, or give --kind order/,
    );
    expect(await faultOf([[...rows(1), ...rows(5, { kind: '', amount: '' }, 2)]])).toBeNull();
  });

  test('what spoils an order of several lines is named, not the order', async () => {
    const order = [row(1), row(1), row(1), row(1, { amount: 'x' })];
    expect(await faultOf([[...order, row(2)]], { repeats: 'sum' })).toMatch(
      /4 of 5 rows can't be used, 1 can.*amount is "x", line 5/,
    );
  });
});

test('dates with day and month in the wrong order refuse a file, whatever share of it is read', async () => {
  const dates = [...rows(30, { ts: '01/02/2024' }), ...rows(1, { ts: '01/13/2024' }, 30)];
  expect(await faultOf([dates], { dateFormats: ['d/M/yyyy'] })).toMatch(
    /^shop-1\.csv: --date-format 'd\/M\/yyyy' takes .*'M\/d\/yyyy'/,
  );
  expect(await faultOf([dates], { dateFormats: ['M/d/yyyy'] })).toBeNull();
});

test('dates of both orders in one file refuse it: those with two small numbers could be either', async () => {
  const dates = [
    ...rows(9, { ts: '03/04/2024' }),
    ...rows(1, { ts: '14/01/2024' }, 9),
    ...rows(1, { ts: '01/14/2024' }, 10),
  ];
  for (const dateFormats of [['d/M/yyyy'], ['d/M/yyyy', 'M/d/yyyy']]) {
    expect(await faultOf([dates], { dateFormats })).toMatch(
      /day first, such as "14\/01\/2024", .* month first, such as "01\/14\/2024"/,
    );
  }
  // Another form is read by its own format.
  expect(
    await faultOf([[...rows(3, { ts: '03.04.2024' }), ...dates.slice(9)]], { dateFormats: ['d.M.yyyy'] }),
  ).toBeNull();
});

const seed = testSeed();
test(`after a survey the events are those of a first reading, and the report too (seed ${seed})`, async () => {
  const random = mulberry32(seed);
  for (let run = 0; run < 50; run++) {
    const contents = [1, 2].map(() =>
      Array.from({ length: 30 }, () => {
        const amount = random() < 0.2 ? 'x' : '2.50';
        return row(Math.floor(random() * 20), { amount, customer_id: `c${Math.floor(random() * 3)}` });
      }),
    );
    const repeats = (['drop', 'sum', 'total'] as const)[run % 3]!;
    const read = async (files: EventFiles) => {
      const events: OutgoingEvent[] = [];
      for (const file of files.files) for await (const event of file.events()) events.push(event);
      return [events, files.files.map((file) => file.report())];
    };
    const surveyed = await filesOf(contents, { repeats });
    await surveyed.survey();
    expect(await read(surveyed)).toEqual(await read(await filesOf(contents, { repeats })));
  }
});
