import { counted, countOf } from '../../domain/wording';
import { FileError, type TableFile } from '../../ports/table-file';
import type { RowTally } from './file-report';
import type { FileRules, RepeatRule } from './file-rules';
import { lookKey, timeKey } from './like-rows';
import type { OrderFields } from './order-fields';
import type { OrderIndex } from './order-index';
import type { OrderLines } from './order-lines';
import type { RowReader } from './row-reader';

/** What an order knows of the files that its lines are in. */
export interface OrderFile {
  /** With which event ids begin. */
  readonly name: string;
  readonly table: Pick<TableFile, 'path'>;
  readonly tally: RowTally;
  /** For instance: line 12. */
  where(line: number): string;
}

/** What the files of one command share. */
export interface ReadContext {
  readonly rules: FileRules;
  readonly repeats: RepeatRule;
  /** Rows by order, in all files. */
  readonly index: OrderIndex;
  /** Rows without an order id, by what they look like. */
  readonly looks: OrderIndex;
  /** Null: rows are not joined. */
  readonly lines: OrderLines<OrderFile> | null;
  /** What lines leave out of their orders. Null: rows are not joined. */
  readonly fields: OrderFields | null;
  /** Orders of several rows of which one was taken, for the rule 'drop'. */
  readonly taken: OrderIndex;
  /** How often all files have been read for their events, this time included. */
  readings: number;
}

/** To be called when a file is read for the nth time. The first file to be so begins a reading of all. */
export function beginReading(context: ReadContext, reading: number): void {
  if (reading <= context.readings) return;
  context.readings = reading;
  context.taken.clear();
  context.lines?.clear();
}

/** A row with the order id of an earlier one. */
export interface Repeat {
  readonly path: string;
  readonly where: string;
  readonly orderId: string;
}

/**
 * What makes two rows one order. Null for a row that is no order, or has no order id. An order id belongs to a customer, because some shops
 * count anew for each. Several refunds of one order are usual: they are the same only if time (and amount, unless lines are added up) agree.
 * Without order ids, and if repeats are to be left out, rows are the same if customer, kind, time, amount and items agree.
 */
export function orderKey(reader: RowReader, cells: readonly string[], repeats: RepeatRule): string | null {
  const key = ownOrderKey(reader, cells);
  if (key === null) return repeats === 'drop' ? lookKey(reader, cells) : null;
  const joined = repeats === 'sum' || repeats === 'total';
  const returned = (kind: string) => {
    const amount = joined ? '' : reader.moneyKey(cells);
    return `${key}\n${kind}\n${timeKey(reader, cells)}\n${amount}`;
  };
  const kind = reader.kind(cells);
  switch (kind) {
    case null:
      // Without kinds, what is negative is a refund, unless it is a line of a larger order.
      return !joined && reader.isNegative(cells) ? returned('refund') : key;
    case 'order':
      return key;
    case 'refund':
    case 'cancel':
      return returned(kind);
    case 'skipped':
      // Lines of an order may leave out its state, so the line that has it decides for all of them.
      return joined ? key : null;
    default:
      return null;
  }
}

/** The key of the order that a row names. Null if it names none. */
export function ownOrderKey(reader: RowReader, cells: readonly string[]): string | null {
  const orderId = reader.cell(cells, 'order_id').trim();
  return orderId === '' ? null : `${reader.cell(cells, 'customer_id')}\n${orderId}`;
}

export function repeatsError({ path, where, orderId }: Repeat, repeats: number, rows: number): FileError {
  return new FileError(
    `${path}: order ids repeat: ${counted(repeats)} of ${countOf(rows, 'row')} ${repeats === 1 ? 'has' : 'have'} the order id of an earlier row of the same customer, ` +
      `the first on ${where} (order ${JSON.stringify(orderId.slice(0, 40))}). ` +
      'If each row is a line of an order, add them up: --join-lines. If rows are there twice, leave the later ones out: --drop-repeats. ' +
      "If the column has no order ids, take it off: --map 'order_id='.",
  );
}
