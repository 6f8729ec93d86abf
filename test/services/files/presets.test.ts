import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEvents } from '../../../src/cli/files/open-events';
import { currencyOfFiles, type FileArguments } from '../../../src/cli/options/file-options';
import type { OutgoingEvent } from '../../../src/serde/event-encoder';
import { recordedFile } from '../../support/recorded-data';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'preset-'));
});
afterEach(() => rm(directory, { recursive: true }));

async function read(text: string, args: FileArguments, currency = 'EUR') {
  const path = join(directory, 'export.csv');
  await writeFile(path, text);
  const [file] = (await openEvents([path], args, { currency })).files;
  const events: OutgoingEvent[] = [];
  for await (const event of file!.events()) events.push(event);
  return { events, report: file!.report() };
}

const brief = (events: readonly OutgoingEvent[]) =>
  events.map(({ kind, customerId, orderId, amountMinor, items, timeS }) =>
    [kind, customerId, orderId, amountMinor, items, new Date(timeS * 1000).toISOString().slice(0, 16)].join(' '),
  );

const SHOPIFY = `Name,Email,Financial Status,Paid at,Fulfillment Status,Currency,Subtotal,Shipping,Taxes,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Refunded Amount,Id
#1001,ann@example.com,paid,2024-01-03 10:00:07 +0100,fulfilled,EUR,40.00,2.50,0.00,42.50,2024-01-03 10:00:00 +0100,2,"Tea, green",15.00,0.00,555
#1001,ann@example.com,,,,,,,,,2024-01-03 10:00:00 +0100,1,Cup,10.00,,
#1002,bob@example.com,voided,,,EUR,9.00,0.00,0.00,9.00,2024-01-04 10:00:00 +0100,1,Cup,9.00,0.00,556
#1002,bob@example.com,,,,,,,,,2024-01-04 10:00:00 +0100,1,Cup,9.00,,
#1003,bob@example.com,partially_refunded,2024-01-05 09:00:00 +0100,fulfilled,EUR,20.00,0.00,0.00,20.00,2024-01-05 09:00:00 +0100,2,Cup,10.00,5.00,557
#1004,,paid,2024-01-06 09:00:00 +0100,fulfilled,EUR,20.00,0.00,0.00,20.00,2024-01-06 09:00:00 +0100,2,Cup,10.00,0.00,558
`;

test('shopify: a row per item, of which the first has the total; voided orders are left out, refunds follow their order', async () => {
  const { events, report } = await read(SHOPIFY, { preset: 'shopify' });
  expect(brief(events)).toEqual([
    'order ann@example.com #1001 4250 3 2024-01-03T09:00',
    'order bob@example.com #1003 2000 2 2024-01-05T08:00',
    'refund bob@example.com #1003 500 0 2024-01-05T08:00',
  ]);
  expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(3);
  expect(report).toMatchObject({ rows: 6, taken: 3, events: 3 });
  expect(report.passedOver.map(({ first }) => first).sort()).toEqual([
    'customer_id is empty, line 7',
    'kind is "voided", line 4',
  ]);
});

test('shopify: what only the first line of an order has counts for its other lines, wherever they stand', async () => {
  const [head = '', ...lines] = SHOPIFY.trim().split('\n');
  const bare = lines.map((line, i) => {
    const cells = line.split(',');
    return i === 1 || i === 3 ? [cells[0], '', ...cells.slice(2, -6), '', ...cells.slice(-5)].join(',') : line;
  });
  expect(bare[1]).toBe('#1001,,,,,,,,,,,1,Cup,10.00,,');
  const expected = brief((await read(SHOPIFY, { preset: 'shopify' })).events);
  for (const order of [bare, [...bare].reverse(), [bare[1], ...bare.slice(2), bare[0]]]) {
    const { events, report } = await read(`${[head, ...order].join('\n')}\n`, { preset: 'shopify' });
    expect(brief(events).sort()).toEqual(expected.sort());
    expect(report.taken).toBe(3);
  }
});

test('an export in another currency is refused row by row', async () => {
  const { report } = await read(SHOPIFY, { preset: 'shopify' }, 'USD');
  expect(report.taken).toBe(0);
  expect(report.passedOver.map(({ why }) => why)).toContain(
    'this run counts USD only; for those in EUR give --currency EUR',
  );
});

test('woocommerce: a row per product, each with the total of the order', async () => {
  const text = `Order Number;Order Status;Order Date;Email (Billing);Order Total Amount;Order Currency;Product;Quantity
17;Completed;2024-01-03 10:00;ann@example.com;1.042,50;EUR;Tea;2
17;Completed;2024-01-03 10:00;ann@example.com;1.042,50;EUR;Cup;1
18;Failed;2024-01-04 10:00;ann@example.com;3,00;EUR;Cup;1
19;wc-cancelled;2024-01-04 10:00;ann@example.com;3,00;EUR;Cup;1
20;wc-processing;2024-01-05 10:00;bob@example.com;3,00;EUR;Cup;1
`;
  const { events, report } = await read(text, { preset: 'woocommerce' });
  expect(brief(events)).toEqual([
    'order ann@example.com 17 104250 3 2024-01-03T10:00',
    'order bob@example.com 20 300 1 2024-01-05T10:00',
  ]);
  expect(report.notes).toContain('its amounts have a decimal comma');
});

test('woocommerce: the table of Analytics', async () => {
  const text = `Date,Order #,N. Revenue (formatted),Status,Customer,Customer type,Product(s),Items sold,Coupon(s),N. Revenue,Attribution
2024-01-03 10:00:00,17,€42.50,completed,Ann Example,new,2× Tea,2,,42.5,Direct
`;
  const { events } = await read(text, { preset: 'woocommerce' });
  expect(brief(events)).toEqual(['order Ann Example 17 4250 2 2024-01-03T10:00']);
});

test.each([
  ['InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country', '12/1/2010 8:26'],
  ['Invoice,StockCode,Description,Quantity,InvoiceDate,Price,Customer ID,Country', '2010-12-01 08:26:00'],
])('uci-online-retail: price times quantity, lines of an invoice, returns: %s', async (header, date) => {
  const text = `${header}
536365,85123A,HEART,6,${date},2.55,17850,United Kingdom
536365,71053,LANTERN,6,${date},3.39,17850,United Kingdom
536365,71053,LANTERN,6,${date},3.39,17850,United Kingdom
C536379,D,Discount,-1,${date},27.505,14527,United Kingdom
536414,22139,,56,${date},0,,United Kingdom
`;
  const { events, report } = await read(text, { preset: 'uci-online-retail' }, 'GBP');
  expect(brief(events)).toEqual([
    'order 17850 536365 5598 18 2010-12-01T08:26',
    'refund 14527 C536379 2750 0 2010-12-01T08:26',
  ]);
  expect(report.passedOver).toEqual([
    { why: 'a row needs a customer', count: 1, first: 'customer_id is empty, line 6' },
  ]);
});

test('uci-online-retail: its amounts are pounds, which is the default and is said where another currency is given', async () => {
  const text = 'InvoiceNo,Quantity,InvoiceDate,UnitPrice,CustomerID\n536365,6,12/1/2010 8:26,2.55,17850\n';
  const args = { preset: 'uci-online-retail' } as const;
  expect(currencyOfFiles(args)).toBe('GBP');
  expect(currencyOfFiles({ preset: 'shopify' })).toBe('EUR');
  expect((await read(text, args, 'GBP')).report.notes.join()).not.toMatch(/GBP/);
  expect((await read(text, args, 'EUR')).report.notes).toContainEqual(
    expect.stringMatching(/^warning: .* in GBP, and this run counts them as EUR: give --currency GBP/),
  );
});

const [lines, orders] = [recordedFile('online_retail_lines.csv.gz'), recordedFile('online_retail.csv.gz')];
(lines && orders ? test : test.skip)(
  'uci-online-retail: recorded lines add up to the recorded orders (needs CLV_DATA_DIR)',
  async () => {
    const moneyOf = async (path: string, args: FileArguments) => {
      const [file] = (await openEvents([path], args, { currency: 'GBP' })).files;
      const money: string[] = [];
      for await (const { kind, customerId, orderId, amountMinor } of file!.events()) {
        money.push(`${kind} ${customerId} ${orderId} ${amountMinor}`);
      }
      return money.sort();
    };
    expect(await moneyOf(lines!, { preset: 'uci-online-retail' })).toEqual(await moneyOf(orders!, {}));
  },
);

test('a header that a preset would read is recognised, and a mapping goes before the preset', async () => {
  await expect(read(SHOPIFY, {})).rejects.toThrow(/It looks like an export that --preset shopify reads/);
  const { events } = await read(SHOPIFY, { preset: 'shopify', map: { order_id: 'Id' } });
  expect(events.map(({ orderId }) => orderId)).toContain('557');
});

test.each([
  ['Abgeschlossen', 'In Bearbeitung', ['Storniert', 'Fehlgeschlagen', 'Rückerstattet', 'Zahlung ausstehend']],
  ['Terminée', 'En cours', ['Annulée', 'Échouée', 'Remboursée', 'En attente de paiement']],
  ['Completed', 'Teilweise erstattet', ['Canceled', 'Payment failed', 'Auto-Draft', 'Pending payment']],
])(
  'woocommerce in the language of the shop: %s and %s are orders, the states without an order are left out',
  async (done, other, states) => {
    const rows = [done, other, ...states].map((state, i) => `${i},2024-01-0${i + 1} 10:00,a@b.de,${state},10.00`);
    const text = ['Order Number,Order Date,Email (Billing),Order Status,Order Total Amount', ...rows, ''].join('\n');
    const { events, report } = await read(text, { preset: 'woocommerce' });
    expect(events.map(({ orderId }) => orderId)).toEqual(['0', '1']);
    expect(report).toMatchObject({ rows: 6, taken: 2 });
  },
);
