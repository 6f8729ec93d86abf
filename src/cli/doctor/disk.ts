import { constants, existsSync } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { type Finding, fault, ok, warning } from './finding';

const GIB = 1024 ** 3;
/** Below this the trainer store, or the embedded log, soon fails to write. */
const LEAST_BYTES = GIB / 4;
const FEW_BYTES = 2 * GIB;

/** The disk of CLV_HOME: the trainer store, and without Kafka the log and the state. */
export async function examineDisk(home: string): Promise<Finding> {
  let folder = resolve(home);
  while (!existsSync(folder)) folder = dirname(folder);
  try {
    await access(folder, constants.W_OK);
  } catch {
    return fault('disk', `this user can't write to ${folder}`, 'set CLV_HOME to a folder of this user');
  }
  const { bavail, bsize } = await statfs(folder);
  return judgeDisk(folder, Number(bavail) * Number(bsize));
}

/** Pure part of {@link examineDisk}. */
export function judgeDisk(folder: string, freeBytes: number): Finding {
  const free = `${(freeBytes / GIB).toFixed(1)} GiB free at ${folder}`;
  const fix = 'free space, or set CLV_HOME to a folder on a larger disk';
  if (freeBytes < LEAST_BYTES) return fault('disk', free, fix);
  return freeBytes < FEW_BYTES ? warning('disk', free, fix) : ok('disk', free);
}
