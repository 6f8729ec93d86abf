import { systemClock } from '../../adapters/system/clock';
import { readSetting } from '../../config/settings';
import { minorPerMajor } from '../../domain/currency';
import type { TableFile } from '../../ports/table-file';
import { EventFiles } from '../../services/files/event-files';
import type { FileRules } from '../../services/files/file-rules';
import { type FileArguments, fileForm } from '../options/file-options';
import { configurationFile } from '../process/process';
import { ProgressLine } from '../reports/progress-line';
import { openTables } from './open-tables';

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
  const tables = await openTables(paths, args);
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

function configuredFutureMs(): number {
  return readSetting('CLV_MAX_FUTURE_SECONDS', process.env, configurationFile()) * 1000;
}

/** Share of their bytes that has been read. */
export function shareRead(tables: readonly TableFile[]): number {
  const total = tables.reduce((sum, { bytesTotal }) => sum + bytesTotal, 0);
  return tables.reduce((sum, table) => sum + table.bytesRead(), 0) / Math.max(1, total);
}
