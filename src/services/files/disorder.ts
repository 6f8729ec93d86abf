import type { HistoryRow } from './history-rows';

/** Rows that are older than one before them, or newer than the next, by more than is allowed. */
export interface Disorder {
  readonly count: number;
  /** Index of the file that has the first of them. Null without any. */
  readonly file: number | null;
}

/** Counts rows that are out of order in the files they come from. */
export class DisorderCount {
  private readonly newestS: number[] = [];
  private count = 0;
  private file: number | null = null;

  /** `latenessS`: by how much a row may be older than one before it. */
  constructor(private readonly latenessS: number) {}

  take({ file, timeS, turnS }: HistoryRow): void {
    const afterS = this.newestS[file] ?? Number.NEGATIVE_INFINITY;
    if (timeS < afterS - this.latenessS || timeS > turnS + this.latenessS) {
      this.file ??= file;
      this.count++;
    }
    this.newestS[file] = Math.max(afterS, turnS);
  }

  get found(): Disorder {
    return { count: this.count, file: this.file };
  }
}
