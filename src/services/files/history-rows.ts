import type { OutgoingEvent } from '../../serde/event-encoder';

/** A file of history that can be read several times. */
export interface HistoryFile {
  readonly name: string;
  /** Rows that `events` has read so far. */
  readonly rowsRead: number;
  events(): AsyncIterable<OutgoingEvent>;
}

/** A row with all of its events. */
export interface TimedRow {
  /** Number of the row in its file, from 1. */
  readonly row: number;
  readonly timeS: number;
  readonly events: readonly OutgoingEvent[];
}

/** A row among those of other files. */
export interface HistoryRow extends TimedRow {
  /** Index of the file. */
  readonly file: number;
  /** The earlier of the row's time and that of the next row. One wrong date then doesn't hold up the rows behind it. Seconds. */
  readonly turnS: number;
}

/** The events of all files, by {@link rowsByTime}. A file alone is in its own order, without the cost of a merge. */
export function eventsByTime(files: readonly HistoryFile[]): AsyncIterable<OutgoingEvent> {
  const [only] = files;
  return files.length === 1 ? only!.events() : mergedEvents(files);
}

async function* mergedEvents(files: readonly HistoryFile[]): AsyncGenerator<OutgoingEvent> {
  for await (const { events } of rowsByTime(files)) yield* events;
}

/** The rows of all files by their turns. Within a file their order stays, and of equal turns the first file's row comes first. */
export async function* rowsByTime(files: readonly HistoryFile[]): AsyncGenerator<HistoryRow> {
  const rows = files.map(rowsOf);
  const heads: (HistoryRow | null)[] = [];
  for (const each of rows) heads.push(await next(each));
  for (;;) {
    let first: HistoryRow | null = null;
    for (const head of heads) if (head !== null && (first === null || head.turnS < first.turnS)) first = head;
    if (first === null) return;
    yield first;
    heads[first.file] = await next(rows[first.file]!);
  }
}

async function next(rows: AsyncGenerator<HistoryRow>): Promise<HistoryRow | null> {
  const { value, done } = await rows.next();
  return done ? null : value;
}

async function* rowsOf(file: HistoryFile, index: number): AsyncGenerator<HistoryRow> {
  let before: TimedRow | null = null;
  for await (const row of wholeRows(file)) {
    if (before !== null) yield { ...before, file: index, turnS: Math.min(before.timeS, row.timeS) };
    before = row;
  }
  if (before !== null) yield { ...before, file: index, turnS: before.timeS };
}

/** The rows of a file that have events, in its order. */
export async function* wholeRows(file: HistoryFile): AsyncGenerator<TimedRow> {
  let events: OutgoingEvent[] = [];
  let row = 0;
  const gathered = () => {
    const [first] = events;
    return first === undefined ? [] : [{ row, timeS: first.timeS, events }];
  };
  for await (const event of file.events()) {
    if (file.rowsRead > row) {
      yield* gathered();
      events = [];
    }
    row = file.rowsRead;
    events.push(event);
  }
  yield* gathered();
}
