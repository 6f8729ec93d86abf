import { PriorityQueue } from '../../domain/math/priority-queue';
import type { OutgoingEvent } from '../../serde/event-encoder';
import { type HistoryFile, type TimedRow, wholeRows } from './history-rows';

/** Rows that are kept to put a file in the order of time: some 0.3 kB each. */
export const MOST_SORTED = 1_000_000;

/**
 * A file whose rows are not in the order of time, in that order. A row may be up to `most` rows from its place. Rows of the same second keep
 * their order, or turn it round if the file is newest first.
 */
export class SortedFile implements HistoryFile {
  /** Place of the row in the order of time. All rows of the file at the end. */
  rowsRead = 0;

  constructor(
    private readonly file: HistoryFile,
    private readonly isNewestFirst: boolean,
    private readonly most = MOST_SORTED,
  ) {}

  get name(): string {
    return this.file.name;
  }

  async *events(): AsyncGenerator<OutgoingEvent> {
    const sign = this.isNewestFirst ? -1 : 1;
    const waiting = new PriorityQueue<TimedRow>((a, b) => a.timeS - b.timeS || sign * (a.row - b.row));
    this.rowsRead = 0;
    for await (const row of wholeRows(this.file)) {
      waiting.push(row);
      if (waiting.size <= this.most) continue;
      this.rowsRead++;
      yield* waiting.pop()!.events;
    }
    for (let row = waiting.pop(); row !== undefined; row = waiting.pop()) {
      this.rowsRead++;
      yield* row.events;
    }
    this.rowsRead = this.file.rowsRead;
  }
}
