import { EventFiles } from '../../../src/services/files/event-files';
import { type FileForm, PLAIN_FORM } from '../../../src/services/files/file-rules';
import type { FileKind } from '../../../src/services/files/kinds';
import { tableOf } from '../../support/tables';

/** Each row has an order id of its own, if none is given. */
type Row = readonly [value: string, amount: string, orderId?: string];

async function filesOf(column: string, rows: readonly Row[], form: Partial<FileForm> = {}): Promise<EventFiles> {
  const header = ['customer_id', 'ts', 'order_id', column, 'amount'];
  const table = tableOf(
    'shop',
    header,
    rows.map(([value, amount, orderId], i) => ({
      line: i + 2,
      cells: ['c', '2024-01-03', orderId ?? `o${i}`, value, amount],
    })),
  );
  const nowMs = Date.parse('2026-01-01T00:00:00Z');
  const rules = { form: { ...PLAIN_FORM, ...form }, currency: 'EUR', minorPerMajor: 100, nowMs, maxFutureMs: 0 };
  const files = await EventFiles.check([table], rules);
  await files.survey();
  return files;
}

async function faultOf(column: string, rows: readonly Row[], form: Partial<FileForm> = {}): Promise<string | null> {
  try {
    (await filesOf(column, rows, form)).requireUsable(false, () => {});
    return null;
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a column of kinds under another name: refunds are not counted as orders in silence', () => {
  test.each<[string, readonly Row[], string]>([
    [
      'type',
      [
        ['Sale', '10', 'o1'],
        ['Return', '4', 'o1'],
        ['Return', '3', 'o1'],
      ],
      'shop.csv: its column type is "Return" on 2 rows (the first is line 3), and without a column kind they count as orders. ' +
        "If it has the kinds, say so: --map 'kind=type' --kind 'sale=order,return=refund'. If all rows are orders: --map 'kind='.",
    ],
    [
      'Financial Status',
      [
        ['paid', '10'],
        ['pending', '10'],
        ['partially_refunded', '4'],
      ],
      'shop.csv: its column Financial Status is "partially_refunded" on 1 row (the first is line 4), and without a column kind they count as orders. ' +
        "No other row has their order ids. If they are the orders themselves, leave them out: --map 'kind=Financial Status' --kind 'paid=order', and what \"partially_refunded\" mean. If all rows are orders: --map 'kind='. --force counts such rows as orders.",
    ],
    [
      'Status',
      [
        ['Paid', '10'],
        ['requires_payment_method', '10'],
        ['Failed', '4'],
      ],
      'shop.csv: its column Status is "Failed" on 1 row (the first is line 4), and without a column kind they count as orders. ' +
        "No other row has their order ids. If they are the orders themselves, leave them out: --map 'kind=Status' --kind 'paid=order', and what \"requires_payment_method\" mean. If all rows are orders: --map 'kind='. --force counts such rows as orders.",
    ],
    [
      'Statut',
      [
        ['Livrée', '10'],
        ['Annulée', '4'],
        ['Remboursée', '4'],
      ],
      'shop.csv: its column Statut is "Annulée" on 2 rows (the first is line 3), and without a column kind they count as orders. ' +
        "No other row has their order ids. If they are the orders themselves, leave them out: --map 'kind=Statut', and what \"livrée\" mean. If they are events of their own: --map 'kind=Statut' --kind 'annulée=cancel,remboursée=refund', and what \"livrée\" mean. If all rows are orders: --map 'kind='. --force counts such rows as orders.",
    ],
    [
      'ステータス',
      [
        ['完了', '10'],
        ['キャンセル', '4'],
      ],
      'shop.csv: its column ステータス is "キャンセル" on 1 row (the first is line 3), and without a column kind they count as orders. ' +
        "No other row has their order ids. If they are the orders themselves, leave them out: --map 'kind=ステータス', and what \"完了\" mean. If they are events of their own: --map 'kind=ステータス' --kind 'キャンセル=cancel', and what \"完了\" mean. If all rows are orders: --map 'kind='. --force counts such rows as orders.",
    ],
    [
      'transaction_type',
      [
        ['order', '10'],
        ['refund', '4'],
      ],
      'shop.csv: its column transaction_type is "refund" on 1 row (the first is line 3), and without a column kind they count as orders. ' +
        "If it has the kinds, say so: --map 'kind=transaction_type'. If all rows are orders: --map 'kind='. --force counts such rows as orders.",
    ],
  ])('%s', async (column, rows, message) => expect(await faultOf(column, rows)).toBe(message));

  test.each([
    ['status', 'Cancelled'],
    ['order_status', 'canceled'],
    ['Vorgang', 'Retoure'],
    ['document type', 'Credit note'],
  ])('%s: %s', async (column, value) => {
    expect(await faultOf(column, [...Array<Row>(9).fill(['x', '10']), [value, '10']])).toMatch(/count as orders/);
  });

  test.each<[string, string, readonly Row[]]>([
    [
      'negative amounts are refunds anyway',
      'type',
      [
        ['Sale', '10'],
        ['Return', '-4'],
      ],
    ],
    [
      'no value of a refund',
      'type',
      [
        ['web', '10'],
        ['shop', '4'],
      ],
    ],
    [
      'a way to pay',
      'payment_type',
      [
        ['credit', '10'],
        ['invoice', '4'],
      ],
    ],
    [
      'what somebody says of the customer',
      'customer_status',
      [
        ['active', '10'],
        ['cancelled', '4'],
      ],
    ],
    [
      'a denial',
      'status',
      [
        ['not returned', '10'],
        ['non-refundable', '4'],
      ],
    ],
    [
      'another word',
      'visitor_type',
      [
        ['new', '10'],
        ['returning', '4'],
      ],
    ],
    ['text', 'event note', Array.from({ length: 30 }, (_, i): Row => [i === 3 ? 'refund' : `n${i}`, '10'])],
  ])('%s: nothing is said', async (_, column, rows) => expect(await faultOf(column, rows)).toBeNull());

  const RETURNS: readonly Row[] = [
    ['sale', '10'],
    ['return', '4'],
  ];

  test('a row per order: the states of orders that were called off are no events', async () => {
    const rows: readonly Row[] = [
      ['paid', '100'],
      ['canceled', '50'],
    ];
    expect(await faultOf('status', rows)).toMatch(
      "leave them out: --map 'kind=status' --kind 'paid=order'. If they are events of their own: --map 'kind=status' --kind 'paid=order,canceled=cancel'.",
    );
    const taken = async (values: ReadonlyMap<string, FileKind>) => {
      const form = { map: { kind: 'status' }, kinds: { fixed: null, values, others: null } };
      const { files } = await filesOf('status', rows, form);
      const { taken, passedOver, notes } = files[0]!.report();
      return { taken, passedOver: passedOver.length, notes };
    };
    expect(await taken(new Map([['paid', 'order']]))).toEqual({ taken: 1, passedOver: 1, notes: [] });
    const { notes } = await taken(
      new Map([
        ['paid', 'order'],
        ['canceled', 'cancel'],
      ]),
    );
    expect(notes).toEqual([
      'warning: 1 cancellation has an order id that no order in the files has, the first on line 3. Each takes an order off its customer all the same. If such a row is the order itself, which was called off, leave it out: delete it, or take its kind off --kind',
    ]);
  });

  test('a cancellation and a refund of an order in the files need no word', async () => {
    const rows: readonly Row[] = [
      ['order', '10', 'o1'],
      ['refund', '4', 'o1'],
      ['cancel', '10', 'o1'],
    ];
    const { files } = await filesOf('kind', rows);
    expect(files[0]!.report()).toMatchObject({ taken: 3, notes: [] });
  });

  test('the options of the message lead on', async () => {
    expect(await faultOf('type', RETURNS, { map: { kind: '' } })).toBeNull();
    const values = new Map([
      ['sale', 'order'],
      ['return', 'refund'],
    ] as const);
    const files = await filesOf('type', RETURNS, {
      map: { kind: 'type' },
      kinds: { fixed: null, values, others: null },
    });
    files.requireUsable(false, () => {});
    const kinds = [];
    for await (const { kind } of files.files[0]!.events()) kinds.push(kind);
    expect(kinds).toEqual(['order', 'refund']);
  });

  test('a refund with the id of its order is no repeat', async () => {
    const header = ['customer_id', 'ts', 'order_id', 'type', 'amount'];
    const cells = ['Sale', 'Return'].map((type) => ['c', '2024-01-03', 'o1', type, '10']);
    const table = tableOf(
      'shop',
      header,
      cells.map((each, i) => ({ line: i + 2, cells: each })),
    );
    const rules = {
      form: PLAIN_FORM,
      currency: 'EUR',
      minorPerMajor: 100,
      nowMs: Date.parse('2026-01-01'),
      maxFutureMs: 0,
    };
    await expect(EventFiles.check([table], rules)).rejects.toThrow(/its column type is "Return" on 1 row/);
  });

  test('with force it is a warning', async () => {
    const said: string[] = [];
    (await filesOf('type', RETURNS)).requireUsable(true, (line) => said.push(line));
    expect(said).toEqual([expect.stringMatching(/^warning: shop\.csv: its column type is "return" on 1 row/)]);
  });
});
