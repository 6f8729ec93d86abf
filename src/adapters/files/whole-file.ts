import { realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { type Output, outputFault } from './output';
import { unfinished } from './unfinished';

/** The name under which a file is written until it is complete. Another process takes another one. */
export function partOf(path: string): string {
  return `${path}.${process.pid}.part`;
}

/** Writes a file whole or not at all. A device, such as /dev/stdout, is written as it is. Rejects with OutputError. */
export async function writeWhole(output: Output, content: string | Uint8Array): Promise<void> {
  try {
    // A link stays one.
    const path = await realpath(output.path).catch(() => output.path);
    const found = await stat(path).catch(() => null);
    if (found === null || found.isFile()) await replace(path, content);
    else await writeFile(path, content);
  } catch (error) {
    throw outputFault(output, error);
  }
}

async function replace(path: string, content: string | Uint8Array): Promise<void> {
  const part = partOf(path);
  const settled = unfinished(part, path);
  try {
    await writeFile(part, content);
    await rename(part, path);
  } catch (error) {
    await rm(part, { force: true });
    throw error;
  } finally {
    settled();
  }
}
