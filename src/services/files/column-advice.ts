import { currencyCode } from '../../domain/currency';
import { FileError, type TableFile } from '../../ports/table-file';
import { COLUMNS, type Column, type ColumnPositions, type ColumnsMissing } from './columns';
import { type FileKind, kindOf, OWN_KINDS } from './kinds';
import { likelyKind, likelyPosition, plainName } from './likely-names';
import { looksLikeData } from './looks-like-data';
import { quoted } from './shell-text';

/** Rows at the beginning that are looked at for advice. */
const SAMPLE = 200;
/** The line with the names is looked for within so many rows. */
const MOST_TITLE_ROWS = 10;
/** Names of a header that a message quotes, and characters of each. */
const MOST_NAMES = 20;
const MOST_NAME = 40;
/** A price beside a number of items is more often that of one item. */
const PRICES = new Set('price preis prix precio prezzo preco prijs cena pris hinta'.split(' '));
const UNUSUAL_MARKS = ['^', '~', ':', ' ', '\u00a6', '#', '/'];

type Pairs = readonly (readonly [value: string, kind: FileKind])[];

interface Guess {
  readonly at: Partial<Record<Column, number>>;
  /** Values of the column of kinds that are not our names. */
  readonly kinds: Pairs;
  /** Name of a column of prices that is taken for the price of one item. */
  readonly price: string | null;
}

/** The error of a file that lacks columns, with what to do. Reads the first rows, to see what the columns hold. */
export async function columnAdvice(table: TableFile, missing: ColumnsMissing): Promise<FileError> {
  const { header, path } = table;
  const { columns, knowledge, found } = missing;
  const rows = await sampleOf(table);
  if (looksLikeData(header)) {
    return new FileError(
      `${path} has no line that names its columns: the first one looks like data (${namesOf(header)}). ` +
        `Write a line above it with a name for each of the ${header.length} columns, such as customer_id,ts,order_id,amount.`,
    );
  }
  const below = rows.slice(0, MOST_TITLE_ROWS).find(({ cells }) => isHeader(cells));
  if (below && !isHeader(header)) {
    return new FileError(
      `${path}: its columns seem to be named on ${table.rowName} ${below.line}, not on its first line (${namesOf(header)}): delete the lines before it.`,
    );
  }
  const named = columns.map((column) => knowledge.map[column] ?? column);
  const option = columns.filter((column) => knowledge.map[column] !== undefined);
  const by =
    option.length > 0 ? ` (--map ${option.map((column) => `${column}=${knowledge.map[column]}`).join(',')})` : '';
  const begin = `${path} has no column ${named.join(', ')}${by}: its header names ${namesOf(header)}.`;
  return new FileError(`${begin} ${adviceText(table, rows, columns, missing, found)}`);
}

/** The error of a file that has orders and no amounts. */
export async function amountAdvice(table: TableFile, missing: ColumnsMissing): Promise<FileError> {
  const begin = `${table.path} has orders and no column amount or unit_price: its header names ${namesOf(table.header)}.`;
  const guess = guessed(table.header, await sampleOf(table), missing);
  const fix = mapText(table.header, ['amount'], guess);
  return new FileError(
    `${begin} Say which column has the amounts: ${fix}.${priceText(guess)} If the orders have none, say so, and they count as 0: --map 'amount='.`,
  );
}

function adviceText(
  { header }: TableFile,
  rows: readonly SampleRow[],
  columns: readonly Column[],
  missing: ColumnsMissing,
  found: ColumnPositions,
): string {
  const { knowledge } = missing;
  if (header.length === 1) {
    const mark = UNUSUAL_MARKS.find((each) => isHeader(header[0]!.split(each)));
    return `If these are several columns, name what parts them: --delimiter${mark === undefined ? '' : ` '${mark}'`}.`;
  }
  if (knowledge.fitting !== null) return `It looks like an export that --preset ${knowledge.fitting} reads.`;
  const guess = guessed(header, rows, missing);
  if (columns[0] === 'kind' && knowledge.map.kind === undefined && Object.keys(guess.at).length === 0) {
    const amount = found.amount === undefined ? " Orders need an amount as well: --map 'amount=NAME'." : '';
    return `If all rows are of one kind, name it: --kind order or --kind click. If a column has it: --map 'kind=NAME'.${amount}`;
  }
  return `Say which column is which: ${mapText(header, columns, guess)}.${priceText(guess)}`;
}

function mapText(header: readonly string[], columns: readonly Column[], { at, kinds }: Guess): string {
  const needed = columns[0] === 'kind' && (at.amount ?? at.unit_price) !== undefined ? [] : columns;
  const pairs = COLUMNS.flatMap((column) => {
    const position = at[column];
    if (position !== undefined) return [`${column}=${header[position]}`];
    const replaced = column === 'amount' && at.unit_price !== undefined;
    return needed.includes(column) && !replaced ? [`${column}=NAME`] : [];
  });
  const values = kinds.length === 0 ? '' : ` --kind ${quoted(kinds.map((pair) => pair.join('=')).join(','))}`;
  const open = pairs.some((pair) => pair.endsWith('=NAME')) ? ', with a name of the header for NAME' : '';
  return `--map ${quoted(pairs.join(','))}${values}${open}`;
}

function priceText({ price }: Guess): string {
  return price === null ? '' : ` If ${price} is the amount of the whole row, it is --map ${quoted(`amount=${price}`)}.`;
}

/** Likely places of all columns that were not found. */
function guessed(header: readonly string[], rows: readonly SampleRow[], { found, knowledge }: ColumnsMissing): Guess {
  const at: Partial<Record<Column, number>> = {};
  const used = new Set<number>(Object.values(found));
  const has = (column: Column) => (found[column] ?? at[column]) !== undefined;
  const guess = (column: Column, fits: (position: number) => boolean = () => true): void => {
    // An empty name in the map means: nowhere.
    if (has(column) || knowledge.map[column] === '') return;
    const free = header.map((name, i) => (used.has(i) || name.trim() === '' ? '' : name));
    const position = likelyPosition(free, column);
    if (position === undefined || !fits(position)) return;
    at[column] = position;
    used.add(position);
  };
  for (const column of ['customer_id', 'ts', 'order_id', 'items'] as const) guess(column);
  if (!has('unit_price')) guess('amount');
  let price: string | null = null;
  const amount = at.amount;
  if (
    amount !== undefined &&
    has('items') &&
    PRICES.has(plainName(header[amount]!)) &&
    knowledge.map.amount === undefined
  ) {
    delete at.amount;
    at.unit_price = amount;
    price = header[amount]!;
  }
  if (!has('amount')) guess('unit_price');
  let kinds: Pairs = [];
  if (!knowledge.kindIsGiven) {
    const isMoney = has('amount') || has('unit_price');
    guess('kind', (position) => {
      const values = distinct(rows, position);
      kinds = values.flatMap((value) => {
        const kind = kindOf(value, OWN_KINDS) === null ? likelyKind(value) : null;
        return kind === null ? [] : [[value, kind] as const];
      });
      const isKnown = (value: string) => (kindOf(value, OWN_KINDS) ?? likelyKind(value)) !== null;
      // With an amount no kind is needed: better none than one that leaves all rows out.
      return !isMoney || (values.length > 0 && values.every(isKnown));
    });
    if (at.kind === undefined) kinds = [];
  }
  guess('refunded');
  guess('currency', (position) => distinct(rows, position).every((value) => currencyCode(value) !== undefined));
  return { at, kinds, price };
}

interface SampleRow {
  readonly line: number;
  readonly cells: readonly string[];
}

async function sampleOf(table: TableFile): Promise<SampleRow[]> {
  const all = table.header.map((_, position) => position);
  const sample: SampleRow[] = [];
  for await (const batch of table.rows(all)) {
    for (const row of batch) if ('cells' in row) sample.push(row);
    if (sample.length >= SAMPLE) break;
  }
  return sample.slice(0, SAMPLE);
}

function distinct(rows: readonly SampleRow[], position: number): string[] {
  return [...new Set(rows.map(({ cells }) => cells[position]!.trim().toLowerCase()))].filter((value) => value !== '');
}

/** Whether the cells name a customer and a time. */
function isHeader(cells: readonly string[]): boolean {
  const [customer, time] = [likelyPosition(cells, 'customer_id'), likelyPosition(cells, 'ts')];
  return customer !== undefined && time !== undefined && customer !== time;
}

function namesOf(header: readonly string[]): string {
  const names = header
    .slice(0, MOST_NAMES)
    .map((name) => (name.length > MOST_NAME ? `${name.slice(0, MOST_NAME)}…` : name));
  const more = header.length - names.length;
  return `${names.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
