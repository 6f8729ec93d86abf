import { readFile, stat } from 'node:fs/promises';
import { FileError } from '../../ports/table-file';

/** What a path is instead of a regular file. */
const KINDS = [
  ['isDirectory', 'is a folder: name a file'],
  ['isFIFO', 'is a pipe, and files are read twice: write it to a file first'],
  ['isSocket', 'is a socket: name a file'],
  ['isCharacterDevice', 'is a device: name a file'],
  ['isBlockDevice', 'is a device: name a file'],
] as const;

/** Rejects with FileError if the path is no regular file. It opens nothing: to open a pipe can wait for ever. */
export async function requireRegularFile(path: string): Promise<void> {
  const found = await stat(path).catch((error) => {
    throw unreadable(path, error);
  });
  for (const [is, what] of KINDS) if (found[is]()) throw new FileError(`${path} ${what}.`);
}

/** The bytes of a regular file. Rejects with FileError if it can't be read. */
export async function readRegularFile(path: string): Promise<Uint8Array> {
  await requireRegularFile(path);
  return readFile(path).catch((error) => {
    throw unreadable(path, error);
  });
}

/** Says in a sentence why the system doesn't let a file be read. */
export function unreadable(path: string, error: unknown): FileError {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOENT' || code === 'ENOTDIR') {
    return new FileError(`${path} does not exist: check the path. It is looked for from ${process.cwd()}.`);
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new FileError(`${path} may not be read by this user: change its permissions, or copy it.`);
  }
  if (code === 'EISDIR') return new FileError(`${path} is a folder: name a file.`);
  return new FileError(`${path} can't be read: ${message}`);
}
