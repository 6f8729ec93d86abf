import { SingleBar } from 'cli-progress';
import { openTable } from '../../adapters/files/open-table';
import { systemClock } from '../../adapters/system/clock';
import { readSetting } from '../../config/settings';
import { minorPerMajor } from '../../domain/currency';
import type { TableFile } from '../../ports/table-file';
import { EventFiles } from '../../services/files/event-files';
import type { FileRules } from '../../services/files/file-rules';
import { type FileArguments, fileForm, textForm } from '../options/file-options';
import { configurationFile } from '../process/process';

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
  const tables: TableFile[] = [];
  for (const path of paths) tables.push(await openTable(path, textForm(args)));
  const rules = { form, currency, minorPerMajor: minorPerMajor(currency), nowMs, maxFutureMs, liveSinceMs };
  const bar = progressBar('checking');
  bar.start(
    tables.reduce((total, { bytesTotal }) => total + bytesTotal, 0),
    0,
  );
  try {
    return await EventFiles.check(tables, rules, () =>
      bar.update(tables.reduce((total, table) => total + table.bytesRead(), 0)),
    );
  } finally {
    bar.stop();
  }
}

function configuredFutureMs(): number {
  return readSetting('CLV_MAX_FUTURE_SECONDS', process.env, configurationFile()) * 1000;
}

/** A bar of bytes on stderr, if that is a terminal. */
export function progressBar(title: string): SingleBar {
  const format = `${title} [{bar}] {percentage} % | {eta_formatted} to go`;
  return new SingleBar({ format, stream: process.stderr, noTTYOutput: false, hideCursor: true });
}
