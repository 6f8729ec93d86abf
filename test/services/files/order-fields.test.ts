import type { TableRow } from '../../../src/ports/table-file';
import { EventFiles } from '../../../src/services/files/event-files';
import { PLAIN_FORM } from '../../../src/services/files/file-rules';
import { type Seeded, seeded, testSeed } from '../../support/seeded';
import { tableOf } from '../../support/tables';

const HEADER = ['order_id', 'customer_id', 'ts', 'kind', 'currency', 'amount', 'items'];
const OF_THE_ORDER = [1, 2, 3, 4];
type Cells = readonly string[];

/** Orders of one to four lines, one behind the other. */
function randomOrders(dice: Seeded, orders: number): Cells[][] {
  return Array.from({ length: orders }, (_, i) => {
    const day = 10 + dice.below(18);
    const order = [`o${i}`, `c${dice.below(10)}`, `2024-03-${day}T10:00:00Z`, dice.pick(['order', 'refund']), 'EUR'];
    return Array.from({ length: 1 + dice.below(4) }, () => [...order, `${1 + dice.below(50)}.00`, '1']);
  });
}

/** Leaves out fields of the orders in some of their lines, and each field in none of one line. */
function bare(dice: Seeded, order: readonly Cells[], columns: readonly number[]): Cells[] {
  const kept = new Map(columns.map((column) => [column, dice.below(order.length)]));
  return order.map((cells, line) =>
    cells.map((cell, column) => (kept.has(column) && kept.get(column) !== line && dice.next() < 0.7 ? '' : cell)),
  );
}

async function money(files: readonly (readonly Cells[])[]): Promise<string[]> {
  const tables = files.map((rows, i) =>
    tableOf(
      `shop-${i}`,
      HEADER,
      rows.map((cells, at): TableRow => ({ line: at + 2, cells })),
    ),
  );
  const form = { ...PLAIN_FORM, repeats: 'sum' } as const;
  const rules = { form, currency: 'EUR', minorPerMajor: 100, nowMs: Date.UTC(2025, 0, 1), maxFutureMs: 0 };
  const read = await EventFiles.check(tables, rules);
  const found: string[] = [];
  for (const file of read.files) {
    for await (const { kind, customerId, orderId, timeS, amountMinor, items } of file.events()) {
      found.push([kind, customerId, orderId, timeS, amountMinor, items].join(' '));
    }
    expect(file.report()).toMatchObject({ passedOver: [] });
  }
  return found.sort();
}

const seed = testSeed();

test(`what lines leave out of their order is that of the lines beside them (seed ${seed})`, async () => {
  const dice = seeded(seed);
  for (let round = 0; round < 30; round++) {
    const orders = randomOrders(dice, 30);
    const expected = await money([orders.flat()]);
    expect(await money([orders.flatMap((order) => bare(dice, order, OF_THE_ORDER))])).toEqual(expected);
  }
});

test(`customer and time are found wherever the lines are, in several files too (seed ${seed})`, async () => {
  const dice = seeded(seed);
  for (let round = 0; round < 30; round++) {
    const orders = randomOrders(dice, 30).map((order) => order.map((cells) => cells.with(3, 'order')));
    const expected = await money([orders.flat()]);
    const lines = orders
      .flatMap((order) => bare(dice, order, [1, 2]).map((line) => ({ line, at: dice.next() })))
      .sort((a, b) => a.at - b.at)
      .map(({ line }) => line);
    const at = dice.below(lines.length);
    expect(await money([lines.slice(0, at), lines.slice(at)])).toEqual(expected);
  }
});
