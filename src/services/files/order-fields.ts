import type { BrokenRow, TableRow } from '../../ports/table-file';
import { OrderIndex } from './order-index';
import type { RowReader } from './row-reader';

/** Columns that are of the order and not of its lines: many programs write them in one line of an order only. */
const ORDER_COLUMNS = ['customer_id', 'ts', 'kind', 'currency'] as const;
type Fields = Partial<Record<(typeof ORDER_COLUMNS)[number], string>>;

interface KnownOrder {
  readonly fields: Fields;
  /** Several customers have an order with this id. Nobody can tell whose a line without a customer is. */
  isOfSeveral: boolean;
}

/** More lines than an order has. With a wrong column for the order ids, a whole file would be one order. */
const MOST_LINES = 10_000;

/**
 * Fills in what a line leaves out of its order: from the lines before and behind it with the same order id, else from lines elsewhere in the
 * files. Memory: 17 to 34 bytes for each order id, and the fields of orders whose neighbouring lines have no customer or no time.
 */
export class OrderFields {
  private readonly known = new Map<string, KnownOrder>();
  private readonly complete = new OrderIndex();
  private isSettled = false;

  /** Whether lines elsewhere must be asked that came before the one that leaves something out. */
  looksBack = false;

  /** To be called when all rows have been read: they are filled in from now on. True if that changes a row. */
  settle(): boolean {
    this.isSettled = true;
    for (const [id, { fields, isOfSeveral }] of this.known) {
      if (isOfSeveral || lacks(fields)) this.known.delete(id);
    }
    return this.known.size > 0;
  }

  /** The rows with what they leave out. `onOtherCustomer`: called with a row that has the order id of the row before and another customer. */
  async *fill(
    batches: AsyncIterable<readonly (TableRow | BrokenRow)[]>,
    reader: RowReader,
    onOtherCustomer: (row: TableRow) => void = () => {},
  ): AsyncGenerator<(TableRow | BrokenRow)[]> {
    let lines: TableRow[] = [];
    let id = '';
    let customer = '';
    for await (const batch of batches) {
      const rows: (TableRow | BrokenRow)[] = [];
      for (const row of batch) {
        const rowId = 'fault' in row ? '' : reader.cell(row.cells, 'order_id').trim();
        const rowCustomer = 'fault' in row ? '' : reader.cell(row.cells, 'customer_id');
        const isOther = rowCustomer !== '' && customer !== '' && rowCustomer !== customer;
        if (lines.length > 0 && (rowId !== id || isOther || lines.length >= MOST_LINES)) {
          rows.push(...this.filled(lines, id, reader));
          lines = [];
          if (rowId !== id || isOther) customer = '';
        }
        if ('fault' in row || rowId === '') rows.push(row);
        else {
          if (rowId === id && isOther) onOtherCustomer(row);
          lines.push(row);
          customer ||= rowCustomer;
        }
        id = rowId;
      }
      yield rows;
    }
    if (lines.length > 0) yield this.filled(lines, id, reader);
  }

  private filled(lines: readonly TableRow[], id: string, reader: RowReader): TableRow[] {
    const filled = lines.map(({ line, cells }) => ({ line, cells: [...cells] }));
    const known = this.isSettled ? this.known.get(id) : undefined;
    const fields: Fields = {};
    for (const column of ORDER_COLUMNS) {
      const at = reader.positionOf(column);
      if (at < 0) continue;
      const texts = filled.map(({ cells }) => reader.cell(cells, column));
      let text = texts.find((each) => each !== '') ?? known?.fields[column] ?? '';
      fields[column] = text;
      for (const [i, { cells }] of filled.entries()) {
        if (texts[i] === '') cells[at] = text === '' ? cells[at]! : text;
        else text = texts[i]!;
      }
    }
    if (!this.isSettled) this.look(id, fields);
    return filled;
  }

  private look(id: string, fields: Fields): void {
    const known = this.known.get(id);
    if (known) {
      const { customer_id: customer } = known.fields;
      if (customer && fields.customer_id && customer !== fields.customer_id) known.isOfSeveral = true;
      for (const column of ORDER_COLUMNS) known.fields[column] ||= fields[column] ?? '';
    } else if (lacks(fields)) {
      this.known.set(id, { fields, isOfSeveral: false });
      if (this.complete.count(id) > 0) this.looksBack = true;
    } else this.complete.add(id);
  }
}

const lacks = ({ customer_id: customer, ts }: Fields): boolean => customer === '' || ts === '';
