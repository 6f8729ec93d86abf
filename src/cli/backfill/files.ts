import { createHash } from 'node:crypto';
import { fileDigest } from '../../adapters/files/file-digest';
import type { BackfillEntry } from '../../domain/backfill-entry';
import { FileError } from '../../ports/table-file';
import { openTables } from '../files/open-tables';
import { type FileArguments, fileForm, textForm } from '../options/file-options';

/** A file to back-fill, and how far it is. */
export interface BackfilledFile {
  readonly path: string;
  readonly entry: BackfillEntry;
}

/** Finds the entries of the files. Rejects with FileError if rows of them could be written twice. */
export async function findEntries(
  paths: readonly string[],
  entries: readonly BackfillEntry[],
  args: FileArguments,
  currency: string,
): Promise<BackfilledFile[]> {
  const files: BackfilledFile[] = [];
  const reading = digestOf(JSON.stringify([forText(fileForm(args)), textForm(args), currency]));
  for (const { path, name } of await openTables(paths, args)) {
    const digest = await fileDigest(path);
    const found = entries.find((entry) => entry.digest === digest);
    refuseNamesake(path, name, found, entries);
    if (found && !found.isComplete && found.rows > 0 && found.reading !== reading) {
      throw new FileError(
        `${path} was back-filled in part, read with other options. With these its rows could be other events: go on with the same options.`,
      );
    }
    const begin = { digest, name, reading, rows: 0, events: 0, isComplete: false, liveSinceMs: {} };
    files.push({ path, entry: found ?? begin });
  }
  return files;
}

/** Event ids begin with the name. And a longer file of the same name has all the rows of the one before. */
function refuseNamesake(
  path: string,
  name: string,
  found: BackfillEntry | undefined,
  entries: readonly BackfillEntry[],
): void {
  if (found !== undefined || !entries.some((entry) => entry.name === name)) return;
  throw new FileError(
    `A file ${name} with other content was back-filled before. Rows that ${path} has in common with it would count twice: write those that are new to a file of another name.`,
  );
}

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** A map has no JSON. */
const forText = ({ kinds, ...form }: ReturnType<typeof fileForm>) => ({
  ...form,
  kinds: kinds && { ...kinds, values: [...kinds.values] },
});
