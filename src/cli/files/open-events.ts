import { realpath } from 'node:fs/promises';
import { SingleBar } from 'cli-progress';
import { openTable } from '../../adapters/files/open-table';
import { systemClock } from '../../adapters/system/clock';
import { readSetting } from '../../config/settings';
import { minorPerMajor } from '../../domain/currency';
import { FileError, type TableFile } from '../../ports/table-file';
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
  await refuseNamedTwice(paths);
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

/** Reads all events once before the work, to see what becomes of the rows. */
export async function surveyEvents(events: EventFiles): Promise<void> {
  const bar = progressBar('surveying');
  const tables = events.files.map(({ table }) => table);
  const sum = (bytes: (table: TableFile) => number) => tables.reduce((total, table) => total + bytes(table), 0);
  bar.start(
    sum(({ bytesTotal }) => bytesTotal),
    0,
  );
  try {
    await events.survey(() => bar.update(sum((table) => table.bytesRead())));
  } finally {
    bar.stop();
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

/** A bar of bytes on stderr, if that is a terminal. */
export function progressBar(title: string): SingleBar {
  const format = `${title} [{bar}] {percentage} % | {eta_formatted} to go`;
  return new SingleBar({ format, stream: process.stderr, noTTYOutput: false, hideCursor: true });
}
