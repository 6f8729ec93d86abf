import { realpath } from 'node:fs/promises';
import { openTable } from '../../adapters/files/open-table';
import { systemClock } from '../../adapters/system/clock';
import { readSetting } from '../../config/settings';
import { minorPerMajor } from '../../domain/currency';
import { FileError, type TableFile } from '../../ports/table-file';
import { EventFiles } from '../../services/files/event-files';
import type { FileRules } from '../../services/files/file-rules';
import { type FileArguments, fileForm, textForm } from '../options/file-options';
import { configurationFile } from '../process/process';
import { ProgressLine } from '../reports/progress-line';

/** What decides which rows are taken, besides the files. */
export interface EventLimits {
  /** ISO 4217. */
  readonly currency: string;
  /** Default: now. */
  readonly nowMs?: number;
  /** Default: CLV_MAX_FUTURE_SECONDS. */
  readonly maxFutureMs?: number;
  /** Rows from there on are left out, ms. */
  readonly liveSinceMs?: FileRules['liveSinceMs'];
}

/** Opens and checks event files. Rejects with FileError if they can't be used as they are. */
export async function openEvents(
  paths: readonly string[],
  args: FileArguments,
  { currency, nowMs = systemClock.nowMs(), maxFutureMs = configuredFutureMs(), liveSinceMs = {} }: EventLimits,
): Promise<EventFiles> {
  const form = fileForm(args);
  await refuseNamedTwice(paths);
  const tables: TableFile[] = [];
  for (const path of paths) tables.push(await openTable(path, textForm(args)));
  const rules = { form, currency, minorPerMajor: minorPerMajor(currency), nowMs, maxFutureMs, liveSinceMs };
  const line = new ProgressLine(process.stderr, systemClock);
  try {
    return await EventFiles.check(tables, rules, () => line.show({ share: shareRead(tables), text: 'checking' }));
  } finally {
    line.clear();
  }
}

/** Reads all events once before the work, to see what becomes of the rows. */
export async function surveyEvents(events: EventFiles): Promise<void> {
  const tables = events.files.map(({ table }) => table);
  const line = new ProgressLine(process.stderr, systemClock);
  try {
    await events.survey(() => line.show({ share: shareRead(tables), text: 'surveying' }));
  } finally {
    line.clear();
  }
}

/** A file that is named twice would be taken for two with the same name. */
async function refuseNamedTwice(paths: readonly string[]): Promise<void> {
  const seen = new Map<string, string>();
  for (const path of paths) {
    const real = await realpath(path).catch(() => path);
    const before = seen.get(real);
    if (before !== undefined) {
      const other = before === path ? '' : `, also as ${before}`;
      throw new FileError(`${path} is named twice${other}: name it once.`);
    }
    seen.set(real, path);
  }
}

function configuredFutureMs(): number {
  return readSetting('CLV_MAX_FUTURE_SECONDS', process.env, configurationFile()) * 1000;
}

/** Share of their bytes that has been read. */
export function shareRead(tables: readonly TableFile[]): number {
  const total = tables.reduce((sum, { bytesTotal }) => sum + bytesTotal, 0);
  return tables.reduce((sum, table) => sum + table.bytesRead(), 0) / Math.max(1, total);
}
