import { counted, countOf } from '../../domain/wording';
import { FileError } from '../../ports/table-file';
import { type Disorder, DisorderCount } from '../../services/files/disorder';
import type { EventFiles } from '../../services/files/event-files';
import { rowsByTime } from '../../services/files/history-rows';
import { MOST_SORTED } from '../../services/files/sorted-file';

/** Share of the rows that may be out of order. */
const DISORDER = 0.01;

/** Rejects with FileError if more rows than a few would be late. `rows`: those of all files. */
export function refuseDisorder({ count, file }: Disorder, rows: number, { files }: EventFiles): void {
  if (file === null || count <= DISORDER * rows) return;
  const { table, order } = files[file]!;
  const first =
    order.firstBack === null
      ? ''
      : `, the first that is older than one before it is ${table.rowName} ${counted(order.firstBack)}`;
  throw new FileError(
    `${table.path} is not in the order of time${first}. It is put in order as long as no row is more than ${counted(MOST_SORTED)} rows from its place, and ${countOf(count, 'row')} would still come late. Sort the file by time, oldest first: docs/files.md has the command.`,
  );
}

/** Rejects with FileError if the files can't be put in the order of time. Only files with more rows than can be sorted are read for it. */
export async function requireTimeOrder(files: EventFiles, latenessS: number): Promise<void> {
  const rows = files.files.reduce((total, file) => total + file.rows, 0);
  if (files.files.every(({ order, rows: own }) => order.firstBack === null || own <= MOST_SORTED)) return;
  const disorder = new DisorderCount(latenessS);
  for await (const row of rowsByTime(files.inTime)) disorder.take(row);
  refuseDisorder(disorder.found, rows, files);
}
