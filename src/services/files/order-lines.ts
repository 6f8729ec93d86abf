import type { OrderIndex } from './order-index';
import type { LineAmounts } from './presets';
import type { ReadRow } from './row-reader';

/** What a row of an order contributes: a line that can be used, or one that makes the order unusable. */
export type OrderLine = ReadRow | 'faulty';

/** Where a line of an order is. */
export interface LinePlace<File> {
  readonly file: File;
  readonly line: number;
}

/** An order whose last line was read. */
export interface WholeOrder<File> {
  /** Null: one of its lines can't be used, so its amount is not known. */
  readonly row: ReadRow | null;
  /** Its lines that could be used, by file. The first file has the first of them. */
  readonly lines: ReadonlyMap<File, number>;
  /** The first of them. */
  readonly first: LinePlace<File>;
  readonly differ: Differences;
}

/** What the lines of an order say differently. */
export interface Differences {
  readonly times: boolean;
  readonly totals: boolean;
}

interface OpenOrder<File> {
  row: ReadRow | null;
  first: LinePlace<File>;
  readonly lines: Map<File, number>;
  left: number;
  faulty: boolean;
  differ: Differences;
}

/**
 * Adds up the lines of orders. The index knows how many lines each order has, so an order is whole at its last line, wherever that is in
 * the files. Memory: one entry for each order that has begun and has not ended.
 */
export class OrderLines<File> {
  private readonly open = new Map<string, OpenOrder<File>>();

  constructor(
    private readonly index: OrderIndex,
    private readonly amounts: LineAmounts,
  ) {}

  /** To be called before the rows are read once more. */
  clear(): void {
    this.open.clear();
  }

  /** Takes the next line. Null: others will follow. */
  add(key: string, line: OrderLine, at: LinePlace<File>): WholeOrder<File> | null {
    const order: OpenOrder<File> = this.open.get(key) ?? {
      row: null,
      first: at,
      lines: new Map(),
      left: this.index.count(key),
      faulty: false,
      differ: { times: false, totals: false },
    };
    order.left--;
    if (line === 'faulty') order.faulty = true;
    else {
      if (order.lines.size === 0) order.first = at;
      order.lines.set(at.file, (order.lines.get(at.file) ?? 0) + 1);
      if (order.row !== null) order.differ = this.differing(order.row, line, order.differ);
      order.row = order.row === null ? line : this.sum(order.row, line);
    }
    if (order.left > 0) {
      this.open.set(key, order);
      return null;
    }
    this.open.delete(key);
    const { row, lines, first, differ } = order;
    return { row: order.faulty ? null : row, lines, first, differ };
  }

  private differing(order: ReadRow, line: ReadRow, { times, totals }: Differences): Differences {
    const both = this.amounts === 'total' && !order.withoutAmount && !line.withoutAmount;
    return {
      times: times || order.timeS !== line.timeS,
      totals: totals || (both && order.amount.minor !== line.amount.minor),
    };
  }

  private sum(order: ReadRow, line: ReadRow): ReadRow {
    const add = this.amounts === 'sum';
    const [a, b] = [order.amount, line.amount];
    // A total may stand on one line of the order or on all of them.
    const minor = add ? a.minor + b.minor : order.withoutAmount ? b.minor : a.minor;
    return {
      ...order,
      timeS: Math.min(order.timeS, line.timeS),
      amount: { minor, rounded: a.rounded || b.rounded },
      withoutAmount: order.withoutAmount && line.withoutAmount,
      // With a line left out the number would be wrong.
      items: order.items === null || line.items === null ? null : order.items + line.items,
      refundedMinor: add ? order.refundedMinor + line.refundedMinor : order.refundedMinor || line.refundedMinor,
    };
  }
}
