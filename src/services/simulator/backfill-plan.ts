import type { OutgoingEvent } from '../../serde/event-encoder';
import { type Disorder, DisorderCount } from '../files/disorder';
import { type HistoryFile, rowsByTime } from '../files/history-rows';
import type { Place } from './event-records';

/** What a back-fill will write. */
export interface BackfillPlan {
  /** Events of rows that are not written yet. */
  readonly events: number;
  /** Rows of each file, whatever becomes of them. */
  readonly rows: readonly number[];
  /** Event times of the first and the last event, seconds. null without any. */
  readonly fromS: number | null;
  readonly untilS: number | null;
  /** The last event of each topic and partition, by {@link placeKey}: its number among those to be written, from 0. */
  readonly last: ReadonlyMap<string, number>;
  readonly disordered: Disorder;
}

export const placeKey = ({ role, partition }: Place): string => `${role} ${partition}`;

/** Reads the history once. `done`: rows of each file that are written already. `latenessS`: by how much a row may be older than one before it. `onRow`: after each row. */
export async function planBackfill(
  files: readonly HistoryFile[],
  done: readonly number[],
  place: (event: OutgoingEvent) => Place,
  latenessS: number,
  onRow: () => void = () => {},
): Promise<BackfillPlan> {
  const last = new Map<string, number>();
  const disorder = new DisorderCount(latenessS);
  let events = 0;
  let fromS: number | null = null;
  let untilS: number | null = null;
  for await (const row of rowsByTime(files)) {
    if (row.row > done[row.file]!) {
      for (const event of row.events) last.set(placeKey(place(event)), events++);
      fromS = Math.min(fromS ?? row.timeS, row.timeS);
      untilS = Math.max(untilS ?? row.timeS, row.timeS);
    }
    disorder.take(row);
    onRow();
  }
  return { events, rows: files.map(({ rowsRead }) => rowsRead), fromS, untilS, last, disordered: disorder.found };
}
