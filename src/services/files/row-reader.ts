import { currencyCode } from '../../domain/currency';
import type { MinorAmount } from '../../domain/money';
import { isAbsent } from './absent';
import type { AmountText } from './amount-text';
import { COLUMNS, type Column, type ColumnPositions } from './columns';
import { signsOf } from './currency-signs';
import type { DateText } from './date-text';
import { otherCurrency } from './foreign-amount';
import { type FileKind, type KindRule, kindOf } from './kinds';
import type { RowFault } from './passed-over';
import { withoutFormula } from './plain-text';

/** A row as far as it can be read alone: an event, or a line of an order. */
export interface ReadRow {
  readonly customerId: string;
  readonly orderId: string;
  readonly timeS: number;
  /** Null: the file has no kinds, and the sign of the amount decides between order and refund. */
  readonly kind: FileKind | null;
  /** Signed, minor units. */
  readonly amount: MinorAmount;
  readonly withoutAmount: boolean;
  /** Signed. Null: what stands there is no whole number. */
  readonly items: number | null;
  /** Minor units of the order that were given back. */
  readonly refundedMinor: number;
  readonly stars: number;
}

export type RowOutcome = { readonly row: ReadRow } | { readonly skippedKind: string } | { readonly fault: RowFault };

/** The readers of a file's amounts. */
export interface Amounts {
  readonly text: AmountText;
  readonly typed: AmountText;
  /** Whether a column of the file is typed. */
  isTyped(position: number): boolean;
}

/** A unit price is read in parts this much finer than a minor unit, and rounded after the multiplication. */
const FINER = 1000;
const MONEY_KINDS: ReadonlySet<FileKind | null> = new Set([null, 'order', 'refund', 'cancel']);

/** Reads the cells of one file's rows. It checks their form. What the stream takes is checked later, when an order is whole. */
export class RowReader {
  /** Positions in the header of the columns that a row must bring. */
  readonly columns: readonly number[];
  private readonly at: Readonly<Record<Column, number>>;
  private readonly signs: readonly string[];
  private readonly bases = new Set<string>();

  constructor(
    private readonly positions: ColumnPositions,
    private readonly kinds: KindRule,
    /** Of columns of text, and of those that the file stores as numbers. */
    private readonly amounts: Amounts,
    private readonly dates: DateText,
  ) {
    const present = COLUMNS.filter((column) => positions[column] !== undefined);
    this.signs = signsOf(amounts.text.currency).map((sign) => sign.toLowerCase());
    this.columns = present.map((column) => positions[column]!);
    this.at = Object.fromEntries(COLUMNS.map((column) => [column, present.indexOf(column)])) as Record<Column, number>;
  }

  /** Every row of the file is money, because no column says something else. */
  get bySign(): boolean {
    return this.kinds.fixed === null && this.positions.kind === undefined;
  }

  /** Empty if there is no value. */
  cell(cells: readonly string[], column: Column): string {
    const text = this.raw(cells, column);
    return isAbsent(text) ? '' : text;
  }

  /** Where a column is among the cells; -1 if the file has none. */
  positionOf(column: Column): number {
    return this.at[column];
  }

  private raw(cells: readonly string[], column: Column): string {
    const at = this.at[column];
    return at < 0 ? '' : withoutFormula(cells[at]!);
  }

  /** The kind of a row. 'skipped' for a kind that is no input. */
  kind(cells: readonly string[]): FileKind | null | 'skipped' {
    if (this.kinds.fixed !== null) return this.kinds.fixed;
    if (this.positions.kind === undefined) return null;
    return kindOf(this.cell(cells, 'kind'), this.kinds) ?? 'skipped';
  }

  /** Whether a row has an amount, or the price that makes it. */
  hasAmount(cells: readonly string[]): boolean {
    return this.cell(cells, 'amount') !== '' || this.cell(cells, 'unit_price') !== '';
  }

  /** Whether the amount of a row is below 0, by its text. */
  isNegative(cells: readonly string[]): boolean {
    const signs = (['amount', 'unit_price', 'items'] as const).map((column) =>
      this.amountsOf(column).isNegative(this.cell(cells, column)),
    );
    return signs[0] || (this.cell(cells, 'amount') === '' && signs[1] !== signs[2]);
  }

  /** The instant of a row, seconds. Undefined if it has none. */
  timeS(cells: readonly string[]): number | undefined {
    return this.dates.seconds(this.cell(cells, 'ts'));
  }

  /** What a row says of an amount, without its sign. Equal values give equal texts, if they can be read. */
  moneyKey(cells: readonly string[]): string {
    const items = this.items(cells, 'refund');
    const column = this.cell(cells, 'amount') === '' ? 'unit_price' : 'amount';
    if (this.amountsOf(column) === this.amounts.text && /[.,]/.test(this.cell(cells, column))) {
      this.bases.add(this.amounts.text.basis);
    }
    const amount = this.amount(cells, items);
    return 'fault' in amount ? this.cell(cells, 'amount').trim() : String(Math.abs(amount.amount.minor));
  }

  /** Whether a {@link moneyKey} was made before the marks of the file were known, and could be another one now. */
  get hasMisread(): boolean {
    return [...this.bases].some((basis) => basis !== this.amounts.text.basis);
  }

  /** Learns from a row which mark the amounts have, and which number of the dates is the day. */
  observe(cells: readonly string[]): void {
    this.dates.observe(this.cell(cells, 'ts'));
    for (const column of ['amount', 'unit_price', 'refunded'] as const) {
      const text = this.cell(cells, column);
      if (text !== '') this.amountsOf(column).observe(text);
    }
  }

  read(cells: readonly string[]): RowOutcome {
    const kind = this.kind(cells);
    if (kind === 'skipped') return { skippedKind: this.cell(cells, 'kind') };
    const customerId = this.cell(cells, 'customer_id');
    if (customerId === '') {
      const text = this.raw(cells, 'customer_id');
      const what = text.trim() === '' ? 'customer_id is empty' : `customer_id is ${JSON.stringify(text)}`;
      return { fault: { what, why: 'a row needs a customer' } };
    }
    const shortened = (['customer_id', 'order_id'] as const).find((column) => SHORTENED.test(this.cell(cells, column)));
    if (shortened !== undefined) return { fault: told(shortened, this.cell(cells, shortened), SHORT_ID) };
    const currency = this.cell(cells, 'currency').trim();
    if (currency !== '' && !this.isOwn(currency)) {
      return { fault: told('currency', currency, otherCurrency(currency, this.amounts.text.currency)) };
    }
    const timeS = this.timeS(cells);
    const ts = this.cell(cells, 'ts');
    if (timeS === undefined) return { fault: told('ts', ts, this.dates.advice(ts)) };
    const money = MONEY_KINDS.has(kind) ? this.money(cells, kind) : NO_MONEY;
    if ('fault' in money) return money;
    const stars = kind === 'review' ? this.stars(cells) : 0;
    if (typeof stars !== 'number') return stars;
    const { amount, withoutAmount, items, refundedMinor } = money;
    const orderId = this.cell(cells, 'order_id').trim();
    return {
      row: { customerId, orderId, timeS, kind, amount, withoutAmount, items, refundedMinor, stars },
    };
  }

  private money(cells: readonly string[], kind: FileKind | null): Money | { readonly fault: RowFault } {
    const items = this.items(cells, kind);
    const amount = this.amount(cells, items);
    if ('fault' in amount) return amount;
    const refunded = this.cell(cells, 'refunded').trim();
    const given = refunded === '' ? { minor: 0 } : this.amountsOf('refunded').read(refunded);
    if ('fault' in given) return { fault: told('refunded', refunded, given.fault) };
    const refundedMinor = Math.abs(given.minor);
    return { amount: amount.amount, withoutAmount: amount.withoutAmount, items, refundedMinor };
  }

  private amount(
    cells: readonly string[],
    items: number | null,
  ): Pick<ReadRow, 'amount' | 'withoutAmount'> | { readonly fault: RowFault } {
    const text = this.cell(cells, 'amount').trim();
    if (text !== '') {
      const amount = this.amountsOf('amount').read(text);
      return 'fault' in amount ? { fault: told('amount', text, amount.fault) } : { amount, withoutAmount: false };
    }
    const price = this.cell(cells, 'unit_price').trim();
    if (price === '') return { amount: { minor: 0, rounded: false }, withoutAmount: true };
    if (this.cell(cells, 'items').trim() === '') {
      const why = 'no number of items, and unit_price is multiplied by it';
      return { fault: told('items', '', this.at.items < 0 ? `${why}: name its column, --map items=NAME` : why) };
    }
    if (items === null) {
      return {
        fault: told('items', this.cell(cells, 'items'), 'not a whole number, and unit_price is multiplied by it'),
      };
    }
    const each = this.amountsOf('unit_price').read(price, FINER);
    if ('fault' in each) return { fault: told('unit_price', price, each.fault) };
    const exact = (each.minor * items) / FINER;
    const minor = roundedToEven(exact);
    if (!Number.isSafeInteger(each.minor * items)) return { fault: told('unit_price', price, 'too large') };
    return { amount: { minor: minor || 0, rounded: each.rounded || minor !== exact }, withoutAmount: false };
  }

  private amountsOf(column: Column): AmountText {
    const position = this.positions[column];
    return position !== undefined && this.amounts.isTyped(position) ? this.amounts.typed : this.amounts.text;
  }

  /** By its code, or by a sign that the amounts may have, too. */
  private isOwn(currency: string): boolean {
    const { currency: own } = this.amounts.text;
    return currencyCode(currency) === own || this.signs.includes(currency.toLowerCase());
  }

  private items(cells: readonly string[], kind: FileKind | null): number | null {
    const text = this.cell(cells, 'items').trim();
    if (text === '') return 0;
    const items = this.amountsOf('items').whole(text);
    if (items === null) return null;
    return kind === 'order' && this.at.unit_price < 0 ? Math.abs(items) : items;
  }

  private stars(cells: readonly string[]): number | { readonly fault: RowFault } {
    const text = (this.at.stars >= 0 ? this.cell(cells, 'stars') : this.cell(cells, 'attr')).trim();
    if (text === '') return 0;
    const stars = Number(text);
    return Number.isInteger(stars) && stars !== 0 ? stars : { fault: told('stars', text, NO_STARS) };
  }
}

function roundedToEven(value: number): number {
  const nearest = Math.round(value);
  return Math.abs(value % 1) === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

/** A long number as Excel shows it, and writes it: 4,55123E+12. */
const SHORTENED = /^\d(?:[.,]\d+)?E\+\d{2,}$/;
const SHORT_ID =
  'a number that Excel has shortened, so several ids are the same one: give the column the format of text, and export it again';

export const NO_STARS = 'not a whole number from 1 to 5';

type Money = Pick<ReadRow, 'amount' | 'withoutAmount' | 'items' | 'refundedMinor'>;
const NO_MONEY: Money = { amount: { minor: 0, rounded: false }, withoutAmount: false, items: 0, refundedMinor: 0 };

/** A fault of a cell. */
export function told(column: string, text: string, why: string): RowFault {
  return { what: `${column} is ${JSON.stringify(text.slice(0, 40))}`, why };
}
