import { dirname } from 'node:path';

/** A path that a command writes to, and the option that named it. */
export interface Output {
  readonly option: string;
  readonly path: string;
}

/** An output can't be written. The message names the option, the path and the fix. */
export class OutputError extends Error {}

const FOLDER = 'name another folder';

/** By code of the system: what is wrong with the folder of a path, and what to do. */
const OF_FOLDER: Readonly<Record<string, (folder: string) => string>> = {
  ENOENT: (folder) => `the folder ${folder} takes no files: ${FOLDER}`,
  ENOTDIR: (folder) => `${folder} is a file and no folder: ${FOLDER}`,
  EACCES: (folder) => `this user may not write into the folder ${folder}: change its permissions, or ${FOLDER}`,
  EPERM: (folder) => `this user may not write into the folder ${folder}: change its permissions, or ${FOLDER}`,
  EROFS: (folder) => `the folder ${folder} is on a disk that is read-only: ${FOLDER}`,
  ENOSPC: (folder) => `the disk of the folder ${folder} is full: make room, or ${FOLDER}`,
  EDQUOT: (folder) => `this user's share of the disk of ${folder} is used up: make room, or ${FOLDER}`,
  EFBIG: (folder) => `the disk of the folder ${folder} takes no file as large: ${FOLDER}`,
  EIO: (folder) => `the disk of the folder ${folder} fails: check it, or ${FOLDER}`,
  ENAMETOOLONG: () => 'the name is too long: shorten it',
  EISDIR: () => 'it is a folder: name a file',
};

const FILE_CALLS = /^(open|write|writev|close|rename|unlink|rmdir|mkdir|fsync|ftruncate|l?stat|access|rm)$/;

/** The error of a write as a sentence. An error that is not the file system's stays as it is. `folder`: where it was tried. */
export function outputFault(output: Output, error: unknown, folder = dirname(output.path)): unknown {
  const { code, syscall = '' } = (error ?? {}) as NodeJS.ErrnoException;
  // A server that is away is no fault of the file.
  if (code === undefined || !FILE_CALLS.test(syscall)) return error;
  const told = OF_FOLDER[code];
  return refused(output, told?.(folder) ?? `the system refuses it (${code}): ${FOLDER}`, error);
}

export function refused({ option, path }: Output, why: string, cause?: unknown): OutputError {
  return new OutputError(`${option} ${path} can't be written: ${why}.`, { cause });
}
