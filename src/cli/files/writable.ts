import { access, constants, open, realpath, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { type Output, outputFault, refused } from '../../adapters/files/output';
import { partOf } from '../../adapters/files/whole-file';

/** What else an output may be, besides a file. */
export interface OutputRules {
  /** A device or a pipe, such as /dev/stdout, may be written. Otherwise the output is replaced, and those can't be. */
  readonly devices?: boolean;
  /** Files that are read. */
  readonly inputs?: readonly string[];
}

/** Rejects with OutputError if one of the files can't be written, so that it is found before the work and not after it. */
export async function requireWritable(
  outputs: readonly { readonly option: string; readonly path: string | undefined }[],
  { devices = false, inputs = [] }: OutputRules = {},
): Promise<void> {
  const seen = new Map<string, string>();
  for (const { option, path } of outputs) {
    if (path === undefined) continue;
    const output = { option, path };
    if ((await requireFile(output, devices)) === 'device') continue;
    const target = await realpath(path).catch(() => resolve(path));
    for (const input of inputs) {
      if (target === (await realpath(input).catch(() => null))) {
        throw refused(output, 'it is also read; name another file');
      }
    }
    const before = seen.get(target);
    if (before !== undefined) throw refused(output, `${before} names it, too; name another file`);
    seen.set(target, option);
  }
}

/** Rejects with OutputError if a folder can't be created or written to. Creates nothing. */
export async function requireWritableFolder(output: Output): Promise<void> {
  let folder = resolve(output.path);
  for (let found = await statOf(folder); ; found = await statOf(folder)) {
    if (found?.isDirectory()) break;
    if (found !== null) {
      const why = folder === resolve(output.path) ? 'it is a file: name a folder' : `${folder} is a file and no folder`;
      throw refused(output, why);
    }
    folder = dirname(folder);
  }
  await probe(output, join(folder, '.clv-stream'));
}

async function requireFile(output: Output, devices: boolean): Promise<'file' | 'device'> {
  const { path } = output;
  const found = await stat(path).catch(() => null);
  if (found?.isDirectory()) throw refused(output, 'it is a folder: name a file in it');
  if (found !== null && !found.isFile()) {
    if (devices) return 'device';
    throw refused(output, 'it is a device or a pipe: name a file');
  }
  if (path.endsWith('/')) throw refused(output, 'it names a folder: name a file in it');
  const folder = dirname(path);
  if ((await statOf(folder)) === null) {
    throw refused(output, `the folder ${folder} does not exist: create it (mkdir -p ${folder}), or name another one`);
  }
  if (found !== null) {
    await access(path, constants.W_OK).catch(() => {
      throw refused(output, 'it is there and read-only: change its permissions, or name another file');
    });
  }
  await probe(output, path);
  return 'file';
}

/** Some folders refuse a file although their permissions allow it: /proc does. */
async function probe(output: Output, path: string): Promise<void> {
  const part = partOf(path);
  try {
    await (await open(part, 'w')).close();
    await rm(part);
  } catch (error) {
    throw outputFault(output, error, dirname(path));
  }
}

const statOf = (path: string) => stat(path).catch(() => null);
