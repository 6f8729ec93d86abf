import { realpath } from 'node:fs/promises';
import { contentDigest } from '../../adapters/files/file-digest';
import { openTable } from '../../adapters/files/open-table';
import { FileError, type TableFile } from '../../ports/table-file';
import { type FileArguments, textForm } from '../options/file-options';

/** Opens the event files of a command. Rejects with FileError if one can't be opened, or if two are the same: their rows would count twice. */
export async function openTables(paths: readonly string[], args: FileArguments): Promise<TableFile[]> {
  await refuseNamedTwice(paths);
  const tables: TableFile[] = [];
  for (const path of paths) tables.push(await openTable(path, textForm(args)));
  if (paths.length > 1) await refuseSameContent(paths);
  return tables;
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

/** Order ids would show most copies. Without them nothing else does. */
async function refuseSameContent(paths: readonly string[]): Promise<void> {
  const seen = new Map<string, string>();
  for (const path of paths) {
    const digest = await contentDigest(path);
    const before = seen.get(digest);
    if (before !== undefined) throw new FileError(`${before} and ${path} have the same content: name it once.`);
    seen.set(digest, path);
  }
}
