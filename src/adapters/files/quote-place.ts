/** Where a text stops being rows. Lines count from 1. */
export interface UnendedRow {
  /** Where the row begins. */
  readonly line: number;
  /** Where a quote opens that is not closed. Null: no quote is open. */
  readonly quoteLine: number | null;
}

/** Follows the quotes of a CSV text, to say where one is never closed. Slower than the parser, and needed only after it has failed. */
export class QuotePlace {
  private line = 1;
  private rowLine = 1;
  private quoteLine: number | null = null;
  /** The cell has no character yet, so a quote would open it. */
  private isCellStart = true;
  /** A quote within quotes: what follows says whether it closes them. */
  private isAfterQuote = false;
  private isAfterReturn = false;
  private bytes = 0;

  constructor(
    private readonly delimiter: string,
    private readonly mostRowBytes: number,
  ) {}

  /** Takes the next piece of the text. True as soon as a row is too long. */
  take(text: string): boolean {
    for (const character of text) {
      this.step(character);
      if (this.bytes > this.mostRowBytes) return true;
    }
    return false;
  }

  /** The row that has begun and not ended. */
  get place(): UnendedRow {
    return { line: this.rowLine, quoteLine: this.isAfterQuote ? null : this.quoteLine };
  }

  private step(character: string): void {
    const isFeed = character === '\n';
    const isEnd = (isFeed && !this.isAfterReturn) || character === '\r';
    const isSecondHalf = isFeed && this.isAfterReturn;
    this.isAfterReturn = character === '\r';
    if (isEnd) this.line++;
    if (this.isAfterQuote) this.leave(character);
    else if (this.quoteLine !== null) {
      if (character === '"') this.isAfterQuote = true;
      else this.bytes += bytesOf(character);
      return;
    }
    if (this.quoteLine !== null) return;
    if (isSecondHalf) this.rowLine = this.line;
    else if (isEnd) this.begin();
    else if (character === this.delimiter) this.isCellStart = true;
    else if (character === '"' && this.isCellStart) this.open();
    else {
      this.isCellStart = false;
      this.bytes += bytesOf(character);
    }
  }

  /** A second quote stands for one. Any other character shows that the first one has closed the cell, or was a part of it. */
  private leave(character: string): void {
    this.isAfterQuote = false;
    if (character === '"') this.bytes++;
    else {
      this.quoteLine = null;
      this.isCellStart = false;
    }
  }

  private open(): void {
    this.quoteLine = this.line;
    this.isCellStart = false;
  }

  private begin(): void {
    this.rowLine = this.line;
    this.isCellStart = true;
    this.bytes = 0;
  }
}

function bytesOf(character: string): number {
  const code = character.codePointAt(0)!;
  if (code < 0x80) return 1;
  if (code < 0x800) return 2;
  return code < 0x10000 ? 3 : 4;
}
