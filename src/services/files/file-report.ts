import { counted, countOf } from '../../domain/wording';
import { type PassedOver, PassedOverCount, passedOverText, type RowFault, totalPassedOver } from './passed-over';

/** What became of the rows of one file. */
export interface FileReport {
  readonly path: string;
  readonly rows: number;
  /** Rows that became events, or parts of one. */
  readonly taken: number;
  readonly events: number;
  /** By reason, the most frequent first. */
  readonly passedOver: readonly PassedOver[];
  /** Rows among those passed over that could not be used. The others are of kinds that are no input, or repeats. */
  readonly unusable: number;
  /** The most frequent reason of those. Null if there are none. */
  readonly worst: PassedOver | null;
  /** How the file was read where that is not obvious. */
  readonly notes: readonly string[];
}

/** Counts orders that were taken, and that somebody may want to look at. */
class Noted {
  private count = 0;
  private first = '';

  /** `where`: for instance "line 2". */
  add(where: string): void {
    if (this.count++ === 0) this.first = where;
  }

  /** None if there was none. `text`: what is said of "2 orders". */
  notes(text: (orders: string) => string): string[] {
    return this.count === 0 ? [] : [`${text(countOf(this.count, 'order'))}, the first on ${this.first}`];
  }
}

/** Counts what becomes of the rows of a file. */
export class RowTally {
  rows = 0;
  taken = 0;
  events = 0;
  unusable = 0;
  roundedAmounts = 0;
  withoutAmount = 0;
  readonly withoutItems = new Noted();
  readonly severalTimes = new Noted();
  readonly severalTotals = new Noted();
  readonly severalCustomers = new Noted();
  /** Orders of several lines that begin in this file, their lines, and those of them in other files. */
  private readonly joined = { orders: 0, lines: 0, elsewhere: 0 };
  private readonly reasons = new PassedOverCount();
  private readonly causes = new PassedOverCount();

  /** Rows that can't be used. */
  refuse(fault: RowFault, where: string, rows = 1): void {
    this.causes.add(fault, where, rows);
    this.spoil(fault, where, rows);
  }

  /** Rows that can't be used because of another one, which is counted by itself. */
  spoil(fault: RowFault, where: string, rows: number): void {
    this.unusable += rows;
    this.leaveOut(fault, where, rows);
  }

  leaveOut(fault: RowFault, where: string, rows = 1): void {
    this.reasons.add(fault, where, rows);
  }

  /** An order with `own` lines in this file, of `all`. */
  join(own: number, all: number): void {
    if (all === 1) return;
    this.joined.orders++;
    this.joined.lines += all;
    this.joined.elsewhere += all - own;
  }

  report(path: string, notes: readonly string[]): FileReport {
    const { rows, taken, events, unusable, joined } = this;
    const all = [...notes];
    if (joined.orders > 0) {
      const elsewhere = joined.elsewhere === 0 ? '' : `, ${counted(joined.elsewhere)} of them in other files`;
      all.push(`${countOf(joined.lines, 'line')} added up to ${countOf(joined.orders, 'order')}${elsewhere}`);
    }
    if (this.roundedAmounts > 0) {
      all.push(`${countOf(this.roundedAmounts, 'amount')} with more decimals than the currency, rounded half to even`);
    }
    if (this.withoutAmount > 0) all.push(`${countOf(this.withoutAmount, 'order')} without an amount, taken as 0`);
    all.push(
      ...this.withoutItems.notes(
        (orders) => `${orders} whose items are no whole number: taken without a number of items`,
      ),
      ...this.severalTimes.notes((orders) => `${orders} with lines of different times: the earliest counts`),
      ...this.severalTotals.notes((orders) => `${orders} with lines of different totals: the first total counts`),
      ...this.severalCustomers.notes(
        (orders) => `${orders} with the id of the one before and another customer: kept apart`,
      ),
    );
    return {
      path,
      rows,
      taken,
      events,
      passedOver: this.reasons.list(),
      unusable,
      worst: this.causes.list()[0] ?? null,
      notes: all,
    };
  }
}

/** For people: one line with the counts, then the notes, then the reasons with the first row of each. */
export function reportLines({ path, rows, taken, passedOver, notes }: FileReport): string[] {
  const left = totalPassedOver(passedOver);
  return [
    `${path}: ${countOf(rows, 'row')} read, ${counted(taken)} taken, ${counted(left)} passed over`,
    ...notes.map((note) => `  ${note}`),
    ...passedOver.map((reason) => `  ${counted(reason.count)} passed over: ${passedOverText(reason)}`),
  ];
}

/** Why a file is not to be worked with: more rows that can't be used than such that can. Null if it may be. */
export function mostlyUnusable({ path, rows, taken, unusable, worst }: FileReport): string | null {
  if (unusable <= taken || worst === null) return null;
  return `${path}: ${counted(unusable)} of ${counted(rows)} rows can't be used, ${counted(taken)} can. The most frequent reason: ${passedOverText(worst)}`;
}

/** The sentence of a run of which no row was taken, without its end. */
export function nothingTaken(reports: readonly FileReport[]): string {
  const paths = reports.map(({ path }) => path).join(', ');
  const rows = reports.reduce((total, report) => total + report.rows, 0);
  if (rows === 0) return `${paths} has a header and no rows`;
  const reasons = new PassedOverCount();
  for (const { passedOver } of reports) reasons.addAll(passedOver);
  const told = reasons.list().slice(0, 3).map(passedOverText).join('; ');
  return `${paths}: ${counted(rows)} of ${countOf(rows, 'row')} ${rows === 1 ? 'was' : 'were'} passed over: ${told}`;
}
