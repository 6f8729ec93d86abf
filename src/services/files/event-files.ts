import { FileError, type TableFile } from '../../ports/table-file';
import { FileReader } from './file-reader';
import { nothingTaken } from './file-report';
import type { FileRules, RepeatRule } from './file-rules';
import { OrderIndex } from './order-index';
import { OrderLines } from './order-lines';
import { PRESETS } from './presets';
import { type ReadContext, type Repeat, repeatsError } from './repeats';

/**
 * The one reader of event files, for `replay`, `fit`, `evaluate` and whatever else learns from files. It goes through all files twice. The
 * first time it learns which decimal mark their amounts have, and how many rows each order has. It rejects then, before anything is done
 * with an event, if the files can't be used as they are. The second time it gives the events.
 */
export class EventFiles {
  private constructor(
    readonly files: readonly FileReader[],
    readonly rules: FileRules,
  ) {}

  /** First time. Rejects with FileError. `onProgress`: after each batch of rows, with the file that is being read. */
  static async check(
    tables: readonly TableFile[],
    rules: FileRules,
    onProgress: (table: TableFile) => void = () => {},
  ): Promise<EventFiles> {
    const repeats = repeatRule(rules);
    const index = new OrderIndex();
    const lines = repeats === 'sum' || repeats === 'total' ? new OrderLines(index, repeats) : null;
    const context: ReadContext = { rules, repeats, index, lines, taken: new OrderIndex() };
    refuseSameNames(tables);
    const files = tables.map((table) => new FileReader(table, context));
    let repeated = 0;
    let first: Repeat | null = null;
    let rows = 0;
    for (const file of files) {
      for await (const found of file.check()) {
        rows += found.rows;
        repeated += found.repeats;
        first ??= found.first;
        onProgress(file.table);
      }
    }
    if (repeats === 'stop' && first !== null) throw repeatsError(first, repeated, rows);
    return new EventFiles(files, rules);
  }

  /** Throws FileError with the reasons if no row of the files was taken. To be called when all of them have been read. */
  requireTaken(): void {
    const reports = this.files.map((file) => file.report());
    if (reports.some(({ taken }) => taken > 0)) return;
    throw new FileError(nothingTaken(reports));
  }
}

/** Event ids begin with the file's name. */
function refuseSameNames(tables: readonly TableFile[]): void {
  for (const [i, { name, path }] of tables.entries()) {
    const other = tables.slice(0, i).find((table) => table.name === name);
    if (!other) continue;
    throw new FileError(
      `${other.path} and ${path} are both named ${name}, so their events would have the same ids: rename one.`,
    );
  }
}

function repeatRule({ form }: FileRules): RepeatRule {
  return form.repeats ?? (form.preset === null ? 'stop' : PRESETS[form.preset].lines);
}
