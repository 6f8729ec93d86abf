import { Command } from 'commander';
import { type FileArguments, fileForm, withFileOptions } from '../../../src/cli/options/file-options';
import { mulberry32 } from '../../../src/domain/math/random';
import { FileError, type TableRow } from '../../../src/ports/table-file';
import type { OutgoingEvent } from '../../../src/serde/event-encoder';
import { EventFiles } from '../../../src/services/files/event-files';
import { testSeed } from '../../support/seeded';
import { tableOf } from '../../support/tables';

const NOW_MS = Date.parse('2026-01-01T00:00:00Z');

/** Headers of shops in several languages: customer, time, order, amount, kind, items. */
const HEADERS: readonly (readonly string[])[] = [
  ['Customer ID', 'Order Date', 'Order Number', 'Order Total', 'Type', 'Quantity'],
  ['client_id', 'created_at', 'invoice no.', 'revenue', 'event_type', 'qty'],
  ['Email', 'TIMESTAMP', 'Transaction ID', 'Amount paid (EUR)', 'Status', 'Units'],
  ['Kundennummer', 'Bestelldatum', 'Bestellnummer', 'Betrag', 'Art', 'Menge'],
  ['Kunden-Nr.', 'Datum', 'Auftrags-Nr', 'Gesamtbetrag', 'Typ', 'Stückzahl'],
  ['client', 'date', 'commande', 'montant', 'type', 'quantité'],
  ['acheteur', 'date de commande', 'numéro de commande', 'montant total', 'type', 'nombre'],
  ['Cliente', 'Fecha de pedido', 'Número de pedido', 'Importe total', 'Tipo', 'Cantidad'],
  ['cliente', 'data ordine', 'ordine', 'importo', 'tipo', 'quantità'],
  ['Klantnummer', 'Besteldatum', 'Bestelnummer', 'Bedrag', 'Soort', 'Aantal'],
  ['Klient', 'Data zamówienia', 'Numer zamówienia', 'Kwota', 'Rodzaj', 'Ilość'],
  ["E-mail (it's the 'id', really)", 'ts', 'order_id', 'Total (amount=net, items=1)', 'kind', 'items'],
];
const KINDS = ['order', 'purchase', 'Sale', 'order placed', 'Bestellung', 'completed'];
const TIMES: readonly ((iso: string) => string)[] = [
  (iso) => iso,
  (iso) => `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`,
  (iso) => `${iso.slice(8, 10)}.${iso.slice(5, 7)}.${iso.slice(0, 4)}`,
  (iso) => `${iso.slice(5, 7)}/${iso.slice(8, 10)}/${iso.slice(0, 4)} ${iso.slice(11, 16)}`,
  (iso) => `${iso.slice(5, 7)}/${iso.slice(8, 10)}/${iso.slice(2, 4)}`,
  (iso) => `${Number(iso.slice(8, 10))}/${Number(iso.slice(5, 7))}/${iso.slice(0, 4)} 9:05 PM`,
  (iso) => `${Date.parse(iso) / 1000}`,
];

interface Shop {
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

async function read({ header, rows }: Shop, args: FileArguments): Promise<OutgoingEvent[]> {
  const lines = rows.map((cells, i): TableRow => ({ line: i + 2, cells }));
  const rules = { form: fileForm(args), currency: 'EUR', minorPerMajor: 100, nowMs: NOW_MS, maxFutureMs: 0 };
  const files = await EventFiles.check([tableOf('shop', header, lines)], rules);
  const events: OutgoingEvent[] = [];
  for (const file of files.files) for await (const event of file.events()) events.push(event);
  files.requireUsable(false, () => {});
  return events;
}

/** The options that a message names, as a shell would part them. What begins with "If" is another way. */
function advised(message: string): string[] {
  const [first = ''] = message.split(/\. If | or --| or '/);
  return [...first.matchAll(/(--(?:map|kind|date-format))((?: '(?:[^']|'\\'')*')+)/g)].flatMap(([, option, values]) => [
    option!,
    ...[...values!.matchAll(/ ('(?:[^']|'\\'')*')/g)].map(([, value]) => value!.slice(1, -1).replace(/'\\''/g, "'")),
  ]);
}

function parsed(words: readonly string[]): FileArguments {
  return withFileOptions(new Command()).exitOverride().parse(words, { from: 'user' }).opts();
}

/** Does what each message says, word for word. */
async function followed(shop: Shop) {
  const words: string[] = [];
  const messages: string[] = [];
  for (let round = 0; round < 6; round++) {
    try {
      return { events: await read(shop, parsed(words)), words, messages };
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      const { message } = error;
      expect(messages).not.toContain(message);
      messages.push(message);
      const next = advised(message);
      if (next.length === 0) return { events: null, words, messages };
      words.push(...next);
    }
  }
  throw new Error(`no end: ${messages.join('\n')}`);
}

const seed = testSeed();
test(`who follows the advice word for word comes to the right amounts, or to a message without an option (seed ${seed})`, async () => {
  const random = mulberry32(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  for (let run = 0; run < 150; run++) {
    const names = pick(HEADERS);
    const [kind, time] = [pick(KINDS), pick(TIMES)];
    const styled = pick([(name: string) => name, (name: string) => name.toUpperCase(), (name: string) => ` ${name} `]);
    const kept = [0, 1, 3, ...[2, 4, 5].filter(() => random() < 0.7)];
    const order = [...kept.map((at) => ({ at, by: random() }))].sort((a, b) => a.by - b.by).map(({ at }) => at);
    const extra = random() < 0.5 ? ['Notes', 'Land'] : [];
    const minors = Array.from({ length: 40 }, () => 1 + Math.floor(random() * 100_000));
    const rows = minors.map((minor, i) => {
      const iso = new Date(Date.parse('2024-01-01T10:00:00Z') + i * 86_400_000).toISOString();
      const cells = [`c${i}`, time(iso), `o${i}`, (minor / 100).toFixed(2), kind, '1'];
      return [...order.map((at) => cells[at]!), ...extra.map(() => 'x')];
    });
    const shop = { header: [...order.map((at) => styled(names[at]!)), ...extra], rows };
    const { events, messages } = await followed(shop);
    const seen = `${shop.header.join('|')}\n${messages.join('\n')}`;
    if (events !== null) {
      expect([seen, events.map(({ amountMinor }) => amountMinor)]).toEqual([seen, minors]);
      expect(messages.length).toBeLessThanOrEqual(3);
    } else {
      // Only a kind that nobody knows, in a column that has our own name for kinds, is left to the user.
      expect([seen, names[4] === 'kind' && kind === 'completed']).toEqual([seen, true]);
    }
  }
});

describe('one message has all columns', () => {
  const rows = [['c1', '2024-01-03', 'order', 'o1', '42.50', '2']];
  const messageOf = (header: readonly string[], cells = rows, args: FileArguments = {}) =>
    read({ header, rows: cells }, args).then(
      () => 'read',
      (error: Error) => error.message,
    );

  test.each([
    [
      'client,date,type,commande,montant,quantité',
      'customer_id=client,ts=date,kind=type,order_id=commande,amount=montant,items=quantité',
    ],
    [
      'Kundennummer,Bestelldatum,Art,Bestellnummer,Betrag,Menge',
      'customer_id=Kundennummer,ts=Bestelldatum,kind=Art,order_id=Bestellnummer,amount=Betrag,items=Menge',
    ],
  ])('%s', async (header, map) => {
    expect(await messageOf(header.split(','))).toContain(`Say which column is which: --map '${map}'.`);
    expect(await read({ header: header.split(','), rows }, parsed(['--map', map]))).toMatchObject([
      { kind: 'order', amountMinor: 4_250, items: 2 },
    ]);
  });

  test('kinds that are no input are named with it; a column of other values is left alone where amounts are', async () => {
    const header = ['client', 'date', 'type', 'commande', 'montant'];
    const purchase = [['c1', '2024-01-03', 'purchase', 'o1', '42.50']];
    expect(await messageOf(header, purchase)).toMatch(/amount=montant' --kind 'purchase=order'\.$/);
    const state = [['c1', '2024-01-03', 'shipped', 'o1', '42.50']];
    expect(await messageOf(header, state)).not.toMatch(/kind/);
  });

  test('a price beside a number of items is that of one item, and the other reading is named', async () => {
    const header = ['Customer', 'Date', 'Price', 'Quantity'];
    const cells = [['c1', '2024-01-03', '2.50', '4']];
    expect(await messageOf(header, cells)).toMatch(
      /--map 'customer_id=Customer,ts=Date,items=Quantity,unit_price=Price'\. If Price is the amount of the whole row, it is --map 'amount=Price'\.$/,
    );
  });

  test('a name that is not there is asked for again by its column', async () => {
    expect(
      await messageOf(['client', 'ts', 'amount'], [['c1', '2024-01-03', '2']], { map: { customer_id: 'nope' } }),
    ).toBe(
      "shop.csv has no column nope (--map customer_id=nope): its header names client, ts, amount. Say which column is which: --map 'customer_id=client'.",
    );
    expect(
      await messageOf(['who', 'ts', 'amount'], [['c1', '2024-01-03', '2']], { map: { customer_id: 'nope' } }),
    ).toMatch(/--map 'customer_id=NAME', with a name of the header for NAME\.$/);
  });

  test('a header that is missing, or below other lines, is said', async () => {
    expect(await messageOf(['c21', '2023-01-01T11:50:22Z', 'order', 'o115', '37.84', '1'])).toMatch(
      /no line that names its columns: the first one looks like data .*a name for each of the 6 columns/,
    );
    const below = [['', '', '', '', '', ''], ['customer_id', 'ts', 'kind', 'order_id', 'amount', 'items'], ...rows];
    expect(await messageOf(['Export', 'of', 'our', 'shop', '', ''], below)).toMatch(
      /its columns seem to be named on line 3, not on its first line .*: delete the lines before it/,
    );
  });

  test('a delimiter that is not found out is named; a long header is cut', async () => {
    expect(await messageOf(['customer_id^ts^amount'], [['c1^2024-01-03^2']])).toMatch(/--delimiter '\^'\.$/);
    const many = Array.from({ length: 1_000 }, (_, i) => `c${'x'.repeat(i)}`);
    expect((await messageOf(many, [])).length).toBeLessThan(1_500);
  });
});

describe('orders without a column of amounts are refused', () => {
  const header = ['customer_id', 'ts', 'kind', 'netto'];
  const rows = [
    ['c1', '2024-01-03', 'click', ''],
    ['c1', '2024-01-03', 'order', '42.50'],
  ];
  const shop = { header, rows };

  test('unless the user says that there is none', async () => {
    await expect(read(shop, {})).rejects.toThrow(
      /^shop\.csv has orders and no column amount or unit_price: .*Say which column has the amounts: --map 'amount=NAME', with a name of the header for NAME\. If the orders have none, say so, and they count as 0: --map 'amount='\.$/,
    );
    expect(await read(shop, { map: { amount: 'netto' } })).toMatchObject([{ kind: 'click' }, { amountMinor: 4_250 }]);
    expect(await read(shop, { map: { amount: '' } })).toMatchObject([{ kind: 'click' }, { amountMinor: 0 }]);
  });

  test('clicks alone need none, and --kind order needs one', async () => {
    expect(await read({ header, rows: rows.slice(0, 1) }, {})).toHaveLength(1);
    const kindless = { header: ['customer_id', 'ts'], rows: [['c1', '2024-01-03']] };
    await expect(read(kindless, parsed(['--kind', 'order']))).rejects.toThrow(/no column amount/);
    expect(await read(kindless, parsed(['--kind', 'click']))).toHaveLength(1);
  });
});

test('values of kinds add up over several options', () => {
  const { kind } = parsed(['--kind', 'purchase=order', '--kind', 'return=refund,sale=order']);
  expect([...kind!.values]).toEqual([
    ['purchase', 'order'],
    ['return', 'refund'],
    ['sale', 'order'],
  ]);
});
