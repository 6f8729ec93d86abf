import { countOf } from '../../domain/wording';
import { FileError, type TableFile } from '../../ports/table-file';
import { FILE_KINDS, type FileKind } from './kinds';
import { isGivenBack, isKindName, isNeverBought, isNoOrder, likelyKind } from './likely-names';
import type { RowReader } from './row-reader';
import { quoted } from './shell-text';

/** A column with more values than this has text, not kinds. */
const MOST_VALUES = 20;
const LONGEST_VALUE = 40;

/** A column with kinds that nobody named. */
export interface OverlookedKinds {
  readonly column: string;
  /** Its values as they stand in the file, in lower case, in the order of their first rows. */
  readonly values: readonly string[];
  /** Rows that say refund, cancellation or failure, and count as orders. */
  readonly rows: number;
  /** The first of them. */
  readonly value: string;
  readonly line: number;
  /** No other row has the order id of any of them. Each may be an order itself, with its state. */
  readonly areAlone: boolean;
}

interface Candidate {
  readonly name: string;
  readonly values: Set<string>;
  back: Omit<OverlookedKinds, 'column' | 'values'> | null;
}

/**
 * Reads a file without a column of kinds once more, to find one with another name: `type` with the values Sale and Return. Null if there is
 * none, or if it changes nothing because what was given back has a negative amount. `isAlone`: whether a row has an order id that no other has.
 */
export async function overlookedKinds(
  table: TableFile,
  reader: RowReader,
  isAlone: (cells: readonly string[]) => boolean,
): Promise<OverlookedKinds | null> {
  const known = reader.columns.length;
  const positions = table.header.flatMap((name, i) => (isKindName(name) && !reader.columns.includes(i) ? [i] : []));
  if (positions.length === 0) return null;
  const candidates = positions.map((at): Candidate => ({ name: table.header[at]!, values: new Set(), back: null }));
  try {
    for await (const batch of table.rows([...reader.columns, ...positions])) {
      for (const row of batch) {
        if ('fault' in row) continue;
        const isOrder = !reader.isNegative(row.cells);
        const cells = row.cells;
        for (const [i, each] of candidates.entries()) {
          take(each, cells[known + i]!, row.line, isOrder, () => isAlone(cells));
        }
      }
    }
  } catch (error) {
    // A column of Parquet that has no text. What else there is to say, the other readings have said.
    if (error instanceof FileError) return null;
    throw error;
  }
  const found = candidates.find(isOfKinds);
  return found === undefined ? null : { column: found.name, values: [...found.values], ...found.back! };
}

/** The sentence of a file whose refunds would be orders, with all ways out. Without its end. */
export function overlookedText(found: OverlookedKinds, rowName: string): string {
  const { column, values, rows, value, line, areAlone } = found;
  const foreign = values.filter((each) => !FILE_KINDS.some((own) => own === each));
  const map = (kinds: readonly (readonly [string, FileKind])[]) => {
    const pairs = kinds.map((pair) => pair.join('=')).join(',');
    return `--map ${quoted(`kind=${column}`)}${pairs === '' ? '' : ` --kind ${quoted(pairs)}`}`;
  };
  const meant = foreign.flatMap((each) => {
    const kind = likelyKind(each);
    return kind === null ? [] : [[each, kind] as const];
  });
  // The program's own names would be events.
  const mayBeOrders = areAlone && foreign.length === values.length;
  const others = foreign.filter((each) => likelyKind(each) === null && !(mayBeOrders && isNoOrder(each)));
  const rest = others.length === 0 ? '' : `, and what ${others.map((each) => JSON.stringify(each)).join(', ')} mean`;
  const asEvents = `${map(meant)}${rest}`;
  const withoutThem = `${map(meant.filter(([, kind]) => kind === 'order'))}${rest}`;
  const ofTheirOwn = asEvents === withoutThem ? '' : `. If they are events of their own: ${asEvents}`;
  const ways = mayBeOrders
    ? `No other row has their order ids. If they are the orders themselves, leave them out: ${withoutThem}${ofTheirOwn}`
    : `If it has the kinds, say so: ${asEvents}`;
  return (
    `its column ${column} is ${JSON.stringify(value)} on ${countOf(rows, 'row')} (the first is ${rowName} ${line}), and without a column kind they count as orders. ` +
    `${ways}. If all rows are orders: --map 'kind='`
  );
}

function take(candidate: Candidate, text: string, line: number, isOrder: boolean, isAlone: () => boolean): void {
  const value = text.trim().toLowerCase();
  if (value === '' || candidate.values.size > MOST_VALUES) return;
  candidate.values.add(value.slice(0, LONGEST_VALUE + 1));
  if (!isOrder || !(isGivenBack(value) || isNeverBought(value))) return;
  const { back } = candidate;
  if (back === null) candidate.back = { rows: 1, value: text.trim(), line, areAlone: isAlone() };
  else candidate.back = { ...back, rows: back.rows + 1, areAlone: back.areAlone && isAlone() };
}

function isOfKinds({ values, back }: Candidate): boolean {
  if (back === null || values.size > MOST_VALUES) return false;
  return [...values].every((value) => value.length <= LONGEST_VALUE);
}
