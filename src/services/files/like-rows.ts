import { countOf } from '../../domain/wording';
import type { OrderIndex } from './order-index';
import type { RowReader } from './row-reader';

/** Counts the rows of a file that have no order id and look like an earlier row. They may be genuine: two tickets, bought at once. */
export class LikeRows {
  private count = 0;
  private first = '';

  /** `looks`: how often rows of each look were met, in all files of the command. */
  constructor(private readonly looks: OrderIndex) {}

  /** `where`: for instance "line 2". */
  take(reader: RowReader, cells: readonly string[], where: () => string): void {
    const key = lookKey(reader, cells);
    if (key !== null && this.looks.add(key) > 1 && this.count++ === 0) this.first = where();
  }

  /** For the report. None if there is no such row. */
  notes(isJoined: boolean): string[] {
    if (this.count === 0) return [];
    const fix = isJoined ? 'delete them' : 'leave them out with --drop-repeats';
    return [
      `${countOf(this.count, 'row')} without an order id ${this.count === 1 ? 'has' : 'have'} the customer, time and amount of an earlier row, the first on ${this.first}: if they are there twice, ${fix}`,
    ];
  }
}

/** What rows without an order id look like. Null for a row that is no order, or has one. */
export function lookKey(reader: RowReader, cells: readonly string[]): string | null {
  if (reader.cell(cells, 'order_id').trim() !== '') return null;
  const kind = reader.kind(cells) ?? (reader.isNegative(cells) ? 'refund' : 'order');
  if (kind !== 'order' && kind !== 'refund' && kind !== 'cancel') return null;
  const parts = [reader.cell(cells, 'customer_id'), kind, timeKey(reader, cells), reader.moneyKey(cells)];
  // No order id is empty, so this is the key of no order.
  return `\n\n${parts.join('\n')}\n${reader.cell(cells, 'items').trim()}`;
}

/** Equal times may be written in several ways. */
export function timeKey(reader: RowReader, cells: readonly string[]): string {
  return String(reader.timeS(cells) ?? reader.cell(cells, 'ts').trim());
}
