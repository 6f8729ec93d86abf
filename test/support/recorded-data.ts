import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Folder of the public datasets. They are read by path and never copied. */
const DIRECTORY = resolve(process.env.CLV_DATA_DIR ?? join(__dirname, '..', '..', '..', 'shared', 'data'));

/** The path of a dataset's file, or null if it is not on this machine. */
export function recordedFile(name: string): string | null {
  const path = join(DIRECTORY, name);
  return existsSync(path) ? path : null;
}
