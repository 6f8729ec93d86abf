import { access, constants, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Rejects if a file can't be written there, so that it is found before the work and not after it. `option`: what named it. */
export async function requireWritable(option: string, path: string): Promise<void> {
  if ((await stat(path).catch(() => null))?.isDirectory())
    throw new Error(`${option} ${path}: is a folder; name a file`);
  const folder = dirname(path);
  await access(folder, constants.W_OK).catch(() => {
    throw new Error(`${option} ${path}: the folder ${folder} is missing or can't be written to; create it first`);
  });
}

/** Rejects if the output is one of the files that are read. */
export async function requireOther(option: string, path: string, inputs: readonly string[]): Promise<void> {
  const target = await realpath(path).catch(() => null);
  for (const input of inputs) {
    if (target !== null && target === (await realpath(input).catch(() => null)))
      throw new Error(`${option} ${path}: is also read; name another file`);
  }
}
