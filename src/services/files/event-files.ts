import { FileError, type TableFile } from '../../ports/table-file';
import { FileReader } from './file-reader';
import { nothingTaken } from './file-report';
import type { FileRules, RepeatRule } from './file-rules';
import type { HistoryFile } from './history-rows';
import { OrderFields } from './order-fields';
import { OrderIndex } from './order-index';
import { OrderLines } from './order-lines';
import { PRESETS } from './presets';
import { type OrderFile, type ReadContext, type Repeat, repeatsError } from './repeats';
import { SortedFile } from './sorted-file';

const PROGRESS_EVERY = 1_000;

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
    const isJoined = repeats === 'sum' || repeats === 'total';
    const lines = isJoined ? new OrderLines<OrderFile>(index, repeats) : null;
    const fields = isJoined ? new OrderFields() : null;
    const looks = new OrderIndex();
    const context: ReadContext = { rules, repeats, index, looks, lines, fields, taken: new OrderIndex(), readings: 0 };
    refuseSameNames(tables);
    const files: FileReader[] = [];
    for (const table of tables) files.push(await FileReader.open(table, context));
    let { first, repeated, rows } = await countOrders(files, onProgress, true);
    if (fields?.looksBack) {
      for (const file of files) for await (const _ of file.lookAgain()) onProgress(file.table);
    }
    const isFilled = fields?.settle() === true;
    if (isFilled || files.some((file) => file.hasMisread)) {
      index.clear();
      looks.clear();
      ({ first, repeated, rows } = await countOrders(files, onProgress, false));
    }
    for (const file of files) await file.lookForKinds();
    if (repeats === 'stop' && first !== null) {
      // A refund has the id of its order: with its kind it is no repeat.
      const kinds = files.map((file) => file.kindFault()).find((fault) => fault !== null);
      throw kinds === undefined ? repeatsError(first, repeated, rows) : new FileError(`${kinds}.`);
    }
    return new EventFiles(files, rules);
  }

  /** The files for a reading in the order of time: those that are not in it are put in it, as far as {@link SortedFile} can. */
  get inTime(): HistoryFile[] {
    return this.files.map((file) =>
      file.order.firstBack === null ? file : new SortedFile(file, file.order.isNewestFirst),
    );
  }

  /** Reads all events and keeps none, so that `requireUsable` can be called before any work. */
  async survey(onProgress: () => void = () => {}): Promise<void> {
    let events = 0;
    for (const file of this.files) {
      for await (const _ of file.events()) if (++events % PROGRESS_EVERY === 0) onProgress();
    }
  }

  /**
   * Throws FileError with the reasons if no row of the files was taken, or if one of them has more rows that can't be used than such that
   * can, or has refunds that would count as orders. To be called when all of them have been read, and before the work. `force`: says the latter two as warnings.
   */
  requireUsable(force: boolean, say: (line: string) => void): void {
    const reports = this.files.map((file) => file.report());
    if (reports.every(({ taken }) => taken === 0)) {
      const kinds = this.files.map((file) => file.kindAdvice()).find((advice) => advice !== '') ?? '';
      throw new FileError(`${nothingTaken(reports)}${kinds}.`);
    }
    const isFault = (fault: string | null) => fault !== null;
    const hasOrders = this.files.some((file) => file.hasOrders);
    const faults = this.files.map((file) => file.fault(hasOrders)).filter(isFault);
    const kinds = this.files.map((file) => file.kindFault()).filter(isFault);
    for (const fault of force ? [...faults, ...kinds] : []) say(`warning: ${fault}`);
    if (force) return;
    if (faults.length > 0) throw new FileError(`${faults.join('. ')}. --force goes on without such rows.`);
    if (kinds.length > 0) throw new FileError(`${kinds.join('. ')}. --force counts such rows as orders.`);
  }
}

async function countOrders(
  files: readonly FileReader[],
  onProgress: (table: TableFile) => void,
  isFirstReading: boolean,
) {
  let repeated = 0;
  let first: Repeat | null = null;
  let rows = 0;
  for (const file of files) {
    for await (const found of file.check(isFirstReading)) {
      rows += found.rows;
      repeated += found.repeats;
      first ??= found.first;
      onProgress(file.table);
    }
  }
  return { first, repeated, rows };
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
