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

/** A file lacks columns that are needed. {@link columnAdvice} makes the message of it, with the fix. */
export class ColumnsMissing extends Error {
  constructor(
    readonly columns: readonly Column[],
    readonly found: ColumnPositions,
    readonly knowledge: ColumnKnowledge,
  ) {
    super(`no column ${columns.join(', ')}`);
  }
}

/**
 * Finds the columns of a file. Throws ColumnsMissing if one that is needed or that the user named is not there, and FileError if one that
 * is used is there twice.
 */
export function findColumns(table: TableFile, knowledge: ColumnKnowledge): ColumnPositions {
  const found: Partial<Record<Column, number>> = {};
  const misnamed: Column[] = [];
  for (const column of COLUMNS) {
    const position = columnOf(table, column, knowledge);
    if (position !== undefined) found[column] = position;
    else if (knowledge.map[column]) misnamed.push(column);
  }
  if (misnamed.length > 0) throw new ColumnsMissing(misnamed, found, knowledge);
  const lacking = (['customer_id', 'ts'] as const).filter((column) => found[column] === undefined);
  if (lacking.length > 0) throw new ColumnsMissing(lacking, found, knowledge);
  const kindFollows = found.kind ?? found.amount ?? found.unit_price;
  if (kindFollows === undefined && !knowledge.kindIsGiven) throw new ColumnsMissing(['kind'], found, knowledge);
  return found;
}

/** Whether orders of the file would have no amount, and nobody has said that it is meant. */
export function lacksAmount(found: ColumnPositions, { map }: Pick<ColumnKnowledge, 'map'>): boolean {
  return found.amount === undefined && found.unit_price === undefined && map.amount !== '';
}

function columnOf(table: TableFile, column: Column, knowledge: ColumnKnowledge): number | undefined {
  const mapped = knowledge.map[column];
  if (mapped !== undefined) return mapped === '' ? undefined : mappedPosition(table, mapped);
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
  const all = header.flatMap((each, i) => (fits(each) ? [i] : []));
  if (all.length > 1) {
    const where = all.map((position) => position + 1).join(' and ');
    throw new FileError(
      `${path} has the column ${name} ${all.length === 2 ? 'twice' : `${all.length} times`} (columns ${where}): rename or delete one.`,
    );
  }
  return all[0];
}

const folded = (name: string): string => name.trim().toLowerCase();
