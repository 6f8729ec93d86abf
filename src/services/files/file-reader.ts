import { counted } from '../../domain/wording';
import type { BrokenRow, TableFile, TableRow } from '../../ports/table-file';
import type { OutgoingEvent } from '../../serde/event-encoder';
import { AmountText } from './amount-text';
import { amountAdvice, columnAdvice } from './column-advice';
import {
  type ColumnKnowledge,
  type ColumnPositions,
  ColumnsMissing,
  findColumns,
  fitsHeader,
  lacksAmount,
} from './columns';
import { DateText } from './date-text';
import { type FileReport, mostlyUnusable, RowTally } from './file-report';
import { kindsOver, OWN_KINDS } from './kinds';
import { LikeRows } from './like-rows';
import { liveFault } from './live-rows';
import { LooseReturns } from './loose-returns';
import type { LinePlace, WholeOrder } from './order-lines';
import { type OverlookedKinds, overlookedKinds, overlookedText } from './overlooked-kinds';
import type { RowFault } from './passed-over';
import { PRESET_NAMES, PRESETS } from './presets';
import { beginReading, type OrderFile, orderKey, ownOrderKey, type ReadContext, type Repeat } from './repeats';
import { RowOrder } from './row-order';
import { type ReadRow, RowReader } from './row-reader';
import { SkippedKinds } from './skipped-kinds';
import { eventsOf, isTimely } from './whole-row';

/** What a batch of rows showed on the first reading. */
export interface Checked {
  readonly rows: number;
  /** Rows with the order id of an earlier row. */
  readonly repeats: number;
  readonly first: Repeat | null;
}

const REPEATED: RowFault = { what: 'its order id is that of an earlier row', why: 'a repeat (--drop-repeats)' };
const ALIKE: RowFault = { ...REPEATED, what: 'it has no order id, and all that an earlier row has' };
const OF_FAULTY_ORDER: RowFault = {
  what: 'its order has another line',
  why: 'that is left out or can not be used, so the amount of the order is not known',
};

/** One event file: what it needs for both readings, and what became of its rows. */
export class FileReader implements OrderFile {
  /** Short name of the file, with which event ids begin. */
  readonly name: string;
  private readonly amounts: AmountText;
  private readonly dates: DateText;
  private readonly rowReader: RowReader;
  private readonly known: ColumnKnowledge;
  private readonly positions: ColumnPositions;
  tally = new RowTally();
  private readonly skippedKinds: SkippedKinds;
  /** Null: there is none, or the file has a column of kinds. */
  private overlooked: OverlookedKinds | null = null;
  private orders = 0;
  private readings = 0;
  private likeRows: LikeRows;
  private looseReturns = new LooseReturns();
  /** All rows, as the first reading has counted them. */
  rows = 0;
  /** Of all rows, as the first reading has found it. It does not depend on the clock, because a back-fill goes on in this order. */
  order = new RowOrder();
  /** Of the rows that are not passed over for their time, for the report. */
  private orderTaken = new RowOrder();

  /** Rejects with FileError if the file lacks a column, or has one twice. */
  static async open(table: TableFile, context: ReadContext): Promise<FileReader> {
    try {
      return new FileReader(table, context);
    } catch (error) {
      throw error instanceof ColumnsMissing ? await columnAdvice(table, error) : error;
    }
  }

  private constructor(
    readonly table: TableFile,
    private readonly context: ReadContext,
  ) {
    this.name = table.name;
    this.likeRows = new LikeRows(context.looks);
    const { form, currency, minorPerMajor } = context.rules;
    this.skippedKinds = new SkippedKinds(form);
    const preset = form.preset === null ? null : PRESETS[form.preset];
    const fitting = preset
      ? null
      : (PRESET_NAMES.find((name) => fitsHeader(table.header, PRESETS[name].columns)) ?? null);
    this.amounts = new AmountText(currency, minorPerMajor, form.decimal);
    const typed = new AmountText(currency, minorPerMajor, '.');
    const dateFormats = [...form.dateFormats, ...(preset?.dateFormats ?? [])];
    const kinds = kindsOver(form.kinds, preset?.kinds ?? OWN_KINDS);
    this.known = { map: form.map, names: preset?.columns ?? {}, kindIsGiven: kinds.fixed !== null, fitting };
    this.positions = findColumns(table, this.known);
    this.dates = new DateText(dateFormats);
    const amounts = { text: this.amounts, typed, isTyped: (position: number) => table.isTyped(position) };
    this.rowReader = new RowReader(this.positions, kinds, amounts, this.dates);
  }

  /** Rows that `events` has read so far. */
  get rowsRead(): number {
    return this.tally.rows;
  }

  /** Whether keys of orders rest on amounts that were read before the marks of the file were known. To be asked after `check`. */
  get hasMisread(): boolean {
    return this.rowReader.hasMisread;
  }

  /** The first reading, or once more with all that it has shown. */
  async *check(isFirst: boolean): AsyncGenerator<Checked> {
    const { index, looks, lines, rules, repeats: rule } = this.context;
    this.likeRows = new LikeRows(looks);
    this.order = new RowOrder();
    this.orderTaken = new RowOrder();
    this.rows = 0;
    const needsAmount = lacksAmount(this.positions, this.known);
    let before: string | null = null;
    for await (const batch of this.readRows()) {
      let repeats = 0;
      let first: Repeat | null = null;
      for (const row of batch) {
        if ('fault' in row) continue;
        if (needsAmount && this.rowReader.kind(row.cells) === 'order') {
          throw await amountAdvice(this.table, new ColumnsMissing(['amount'], this.positions, this.known));
        }
        if (isFirst) this.rowReader.observe(row.cells);
        const timeS = this.rowReader.timeS(row.cells);
        if (timeS !== undefined) this.order.take(timeS, row.line);
        if (timeS !== undefined && isTimely(timeS, rules)) this.orderTaken.take(timeS, row.line);
        if (rule !== 'drop') this.likeRows.take(this.rowReader, row.cells, () => this.where(row.line));
        const key = orderKey(this.rowReader, row.cells, rule);
        const isRepeat = key !== null && index.add(key) > 1;
        if (isRepeat && lines !== null && key !== before) {
          this.order.goesBack(row.line);
          this.orderTaken.goesBack(row.line);
        }
        before = key;
        if (!isRepeat) continue;
        repeats++;
        const orderId = this.rowReader.cell(row.cells, 'order_id');
        first ??= { path: this.table.path, where: this.where(row.line), orderId };
      }
      this.rows += batch.length;
      yield { rows: batch.length, repeats, first };
    }
  }

  /** For a file whose rows all count as orders or refunds: looks whether a column says something else. */
  async lookForKinds(): Promise<void> {
    const { map, preset } = this.context.rules.form;
    if (!this.rowReader.bySign || preset !== null || map.kind === '') return;
    const isAlone = (cells: readonly string[]) => {
      const key = ownOrderKey(this.rowReader, cells);
      return key !== null && this.context.index.count(key) === 1;
    };
    this.overlooked = await overlookedKinds(this.table, this.rowReader, isAlone);
  }

  /** A reading between the two, for lines that leave out what an earlier one has. */
  async *lookAgain(): AsyncGenerator<number> {
    for await (const batch of this.readRows()) yield batch.length;
  }

  /** Second reading: the events, in the order of the rows. An order of several rows comes where its last row is. */
  async *events(): AsyncGenerator<OutgoingEvent> {
    this.tally = new RowTally();
    this.orders = 0;
    this.looseReturns = new LooseReturns();
    beginReading(this.context, ++this.readings);
    const otherCustomer = ({ line }: TableRow) => this.tally.severalCustomers.add(this.where(line));
    for await (const batch of this.readRows(otherCustomer)) {
      for (const row of batch) {
        this.tally.rows++;
        if ('fault' in row) this.tally.refuse({ what: row.what ?? 'not a row', why: row.fault }, this.where(row.line));
        else for (const event of this.take(row)) yield event;
      }
    }
  }

  /** What became of the rows read by `events` so far. */
  report(): FileReport {
    const notes = [...this.table.notes];
    if (this.amounts.mark === ',') notes.push('its amounts have a decimal comma');
    const { form, currency } = this.context.rules;
    const own = form.preset === null ? null : PRESETS[form.preset].currency;
    if (own !== null && own !== currency && this.rowReader.positionOf('currency') < 0) {
      notes.push(
        `warning: the amounts of ${form.preset} are in ${own}, and this run counts them as ${currency}: give --currency ${own}, or convert them`,
      );
    }
    const { firstBack, isNewestFirst } = this.orderTaken;
    if (isNewestFirst) notes.push('its rows are newest first: they are put in the order of time');
    else if (firstBack !== null) {
      notes.push(
        `its rows are put in the order of time, the first that is older than one before it is ${this.where(firstBack)}`,
      );
    }
    if (this.rowReader.bySign) {
      notes.push('it has no column kind: its rows are orders, those with a negative amount refunds');
    }
    notes.push(...this.looseReturns.notes());
    notes.push(...this.likeRows.notes(this.context.lines !== null));
    return this.tally.report(this.table.path, notes);
  }

  /** Whether a row was taken as an order. */
  get hasOrders(): boolean {
    return this.orders > 0;
  }

  /** Why the file as a whole is not to be worked with, after `events` has read it. Null if it may be. `othersHave`: orders are in another file. */
  fault(othersHave: boolean): string | null {
    const misread = this.dates.orderFault();
    if (misread !== null) return `${this.table.path}: ${misread}`;
    const mostly = mostlyUnusable(this.report());
    if (mostly !== null) return `${mostly}${this.kindAdvice()}`;
    if (this.hasOrders || !this.skippedKinds.hasPaid(othersHave)) return null;
    return `${this.table.path}: none of its rows is an order, and rows with amounts have kinds that are no input${this.kindAdvice()}`;
  }

  /** Why refunds of the file would count as orders. Null if none would. */
  kindFault(): string | null {
    if (this.overlooked === null) return null;
    return `${this.table.path}: ${overlookedText(this.overlooked, this.table.rowName)}`;
  }

  /** What the kinds of the file are likely to mean, all of them at once. Empty if each reason says it. */
  kindAdvice(): string {
    return this.skippedKinds.advice(this.hasOrders);
  }

  private readRows(onOtherCustomer?: (row: TableRow) => void): AsyncIterable<readonly (TableRow | BrokenRow)[]> {
    const { fields } = this.context;
    const rows = this.table.rows(this.rowReader.columns);
    return fields === null ? rows : fields.fill(rows, this.rowReader, onOtherCustomer);
  }

  private take({ line, cells }: TableRow): readonly OutgoingEvent[] {
    const { index, lines, repeats, taken } = this.context;
    const read = this.read(line, cells);
    if (read?.kind === 'cancel' || read?.kind === 'refund') {
      const order = ownOrderKey(this.rowReader, cells);
      // What has a negative amount is no order with a state.
      const isLoose = order !== null && index.count(order) === 0 && !this.rowReader.isNegative(cells);
      this.looseReturns.take(read.kind, isLoose, this.where(line));
    }
    const key = orderKey(this.rowReader, cells, repeats);
    if (key === null || index.count(key) === 1) return read === null ? [] : this.accept(read, { file: this, line });
    if (lines !== null) {
      const order = lines.add(key, read ?? 'faulty', { file: this, line });
      return order === null ? [] : this.takeOrder(order);
    }
    if (read === null) return [];
    if (taken.count(key) > 0) {
      const hasId = this.rowReader.cell(cells, 'order_id').trim() !== '';
      this.tally.leaveOut(hasId ? REPEATED : ALIKE, this.where(line));
      return [];
    }
    const events = this.accept(read, { file: this, line });
    if (events.length > 0) taken.add(key);
    return events;
  }

  /** An order of several lines, which may be in several files. Each file counts its own. */
  private takeOrder({ row, lines, first, differ }: WholeOrder<OrderFile>): readonly OutgoingEvent[] {
    const where = first.file.where(first.line);
    if (row === null) {
      for (const [each, count] of lines) each.tally.spoil(OF_FAULTY_ORDER, seenFrom(each, first), count);
      return [];
    }
    const events = this.accept(row, first, lines);
    if (events.length > 0 && differ.times) first.file.tally.severalTimes.add(where);
    if (events.length > 0 && differ.totals) first.file.tally.severalTotals.add(where);
    return events;
  }

  /** The row by itself. Null, and counted, if it can't be used. */
  private read(line: number, cells: readonly string[]): ReadRow | null {
    const outcome = this.rowReader.read(cells);
    if ('row' in outcome) return outcome.row;
    if ('fault' in outcome) this.tally.refuse(outcome.fault, this.where(line));
    else {
      const { fault, isRefused } = this.skippedKinds.take(outcome.skippedKind, this.rowReader.hasAmount(cells));
      if (isRefused) this.tally.refuse(fault, this.where(line));
      else this.tally.leaveOut(fault, this.where(line));
    }
    return null;
  }

  /** `lines`: those of the row, by file. */
  private accept(
    row: ReadRow,
    first: LinePlace<OrderFile>,
    lines: ReadonlyMap<OrderFile, number> = new Map([[first.file, 1]]),
  ): readonly OutgoingEvent[] {
    const { file, line } = first;
    const where = file.where(line);
    const outcome = eventsOf(row, `${file.name}:${line}`, this.context.rules);
    if ('why' in outcome) {
      for (const [each, count] of lines) each.tally.refuse(outcome, seenFrom(each, first), count);
      return [];
    }
    const { events, withoutItems } = outcome;
    const live = liveFault(events, this.context.rules);
    if (live !== null) {
      for (const [each, count] of lines) each.tally.leaveOut(live, seenFrom(each, first), count);
      return [];
    }
    for (const [{ tally }, count] of lines) tally.taken += count;
    if (events.some(({ kind }) => kind === 'order')) this.orders += 1;
    this.tally.events += events.length;
    file.tally.join(
      lines.get(file)!,
      [...lines.values()].reduce((sum, count) => sum + count, 0),
    );
    if (row.amount.rounded) file.tally.roundedAmounts++;
    if (row.withoutAmount) file.tally.withoutAmount++;
    if (withoutItems) file.tally.withoutItems.add(where);
    return events;
  }

  where(line: number): string {
    return `${this.table.rowName} ${counted(line)}`;
  }
}

/** A place as the report of a file names it. */
function seenFrom(from: OrderFile, { file, line }: LinePlace<OrderFile>): string {
  return from === file ? file.where(line) : `${file.where(line)} of ${file.table.path}`;
}
