import { FileError, type TableFile } from '../../ports/table-file';

/** What a column of an event file can be. */
export const COLUMNS = [
  'customer_id',
  'ts',
  'kind',
  'order_id',
  'amount',
  'items',
  'unit_price',
  'refunded',
  'currency',
  'stars',
  'attr',
] as const;
export type Column = (typeof COLUMNS)[number];

/** Names that a column may have in a kind of file: the first that is there counts. */
export type ColumnNames = Readonly<Partial<Record<Column, readonly string[]>>>;

/** Where the user says a column is. The empty name: nowhere, even if a column has its name. */
export type ColumnMap = Readonly<Partial<Record<Column, string>>>;

/** Position in the header of each column that the file has. */
export type ColumnPositions = Readonly<Partial<Record<Column, number>>>;

/** Common names of a column, for the advice only. Written without case and punctuation. */
const LIKELY: Readonly<Partial<Record<Column, readonly string[]>>> = {
  customer_id: [
    'customerid',
    'customer',
    'clientid',
    'client',
    'userid',
    'user',
    'email',
    'customeremail',
    'kundennummer',
  ],
  ts: ['date', 'orderdate', 'timestamp', 'time', 'datetime', 'createdat', 'invoicedate', 'purchasedate', 'orderedat'],
  kind: ['type', 'eventtype', 'event', 'status'],
  order_id: ['orderid', 'ordernumber', 'ordernr', 'order', 'invoiceno', 'invoice', 'transactionid'],
  amount: ['total', 'ordertotal', 'revenue', 'price', 'sales', 'value', 'totalamount', 'orderamount', 'spend'],
  items: ['quantity', 'qty', 'units', 'itemssold', 'itemcount'],
};

/** What is known of a file's columns before it is read. */
export interface ColumnKnowledge {
  readonly map: ColumnMap;
  /** Names of a preset. Empty without one. */
  readonly names: ColumnNames;
  /** Whether the kind of the rows is known without a column. */
  readonly kindIsGiven: boolean;
  /** Name of a preset that would fit the header, for the advice. */
  readonly fitting: string | null;
}

/** Finds the columns of a file. Throws FileError if one that is needed is missing, or if one that is used is there twice. */
export function findColumns(table: TableFile, knowledge: ColumnKnowledge): ColumnPositions {
  const found: Partial<Record<Column, number>> = {};
  for (const column of COLUMNS) {
    const position = columnOf(table, column, knowledge);
    if (position !== undefined) found[column] = position;
  }
  const lacking = (['customer_id', 'ts'] as const).filter((column) => found[column] === undefined);
  if (lacking.length > 0) missing(table, lacking, knowledge);
  const kindFollows = found.kind ?? found.amount ?? found.unit_price;
  if (kindFollows === undefined && !knowledge.kindIsGiven) missing(table, ['kind'], knowledge);
  return found;
}

function columnOf(table: TableFile, column: Column, knowledge: ColumnKnowledge): number | undefined {
  const mapped = knowledge.map[column];
  if (mapped !== undefined) {
    if (mapped === '') return undefined;
    return mappedPosition(table, mapped) ?? missing(table, [mapped], knowledge);
  }
  for (const name of [...(knowledge.names[column] ?? []), column]) {
    const position = onlyPosition(table, name, (each) => folded(each) === folded(name));
    if (position !== undefined) return position;
  }
  return undefined;
}

/** Whether a header has the columns that a preset names for customer, time and order. */
export function fitsHeader(header: readonly string[], names: ColumnNames): boolean {
  const present = new Set(header.map(folded));
  const needed = ['customer_id', 'ts', 'order_id'] as const;
  return needed.every((column) => names[column]?.some((name) => present.has(folded(name))));
}

/** A name as the user wrote it: as it stands, or else without regard to case. */
function mappedPosition(table: TableFile, name: string): number | undefined {
  const exact = onlyPosition(table, name, (each) => each === name);
  return exact ?? onlyPosition(table, name, (each) => folded(each) === folded(name));
}

function onlyPosition({ path, header }: TableFile, name: string, fits: (name: string) => boolean): number | undefined {
  const all = positions(header, fits);
  if (all.length > 1) {
    const where = all.map((position) => position + 1).join(' and ');
    throw new FileError(
      `${path} has the column ${name} ${all.length === 2 ? 'twice' : `${all.length} times`} (columns ${where}): rename or delete one.`,
    );
  }
  return all[0];
}

function missing({ path, header }: TableFile, columns: readonly string[], knowledge: ColumnKnowledge): never {
  const named = `${path} has no column ${columns.join(', ')}: its header names ${header.join(', ')}.`;
  throw new FileError(`${named} ${advice(header, columns, knowledge)}`);
}

function advice(header: readonly string[], columns: readonly string[], { map, fitting }: ColumnKnowledge): string {
  if (header.length === 1) return 'If these are several columns, name what parts them: --delimiter.';
  if (fitting !== null) return `It looks like an export that --preset ${fitting} reads.`;
  if (columns[0] === 'kind')
    return "If all rows are of one kind, name it: --kind click. If a column has it: --map 'kind=NAME'.";
  const guesses = (Object.keys(LIKELY) as Column[]).flatMap((column) => {
    if (map[column] !== undefined || positions(header, (name) => folded(name) === column).length > 0) return [];
    const likely = header.find((each) => LIKELY[column]!.includes(folded(each).replace(/[^a-z0-9]/g, '')));
    return likely === undefined ? [] : [`${column}=${likely}`];
  });
  const example = guesses.length > 0 ? guesses.join(',') : `${columns[0]}=NAME`;
  return `Say which column is which: --map '${example}'.`;
}

function positions(header: readonly string[], fits: (name: string) => boolean): number[] {
  return header.flatMap((name, i) => (fits(name) ? [i] : []));
}

const folded = (name: string): string => name.trim().toLowerCase();
