/** What the order of a file's rows is by time, as far as it has been read. */
export class RowOrder {
  private newestS = Number.NEGATIVE_INFINITY;
  private lastS: number | null = null;
  private rises = false;
  private falls = false;
  private back: number | null = null;

  /** Takes the next row: its time in seconds, and its line. */
  take(timeS: number, line: number): void {
    if (this.lastS !== null) {
      this.rises ||= timeS > this.lastS;
      this.falls ||= timeS < this.lastS;
    }
    if (timeS < this.newestS) this.goesBack(line);
    this.lastS = timeS;
    this.newestS = Math.max(this.newestS, timeS);
  }

  /** Takes a line of an order that began before other rows: the order is older than they are. */
  goesBack(line: number): void {
    this.back ??= line;
  }

  /** Line of the first row that is older than one before it. Null: the rows are in the order of time. */
  get firstBack(): number | null {
    return this.rises || this.falls ? this.back : null;
  }

  /** No row is newer than the one before it. So rows of the same second are in the wrong order, too. */
  get isNewestFirst(): boolean {
    return this.falls && !this.rises;
  }
}
