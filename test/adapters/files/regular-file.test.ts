import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTable } from '../../../src/adapters/files/open-table';
import { readRegularFile, unreadable } from '../../../src/adapters/files/regular-file';
import { FileError } from '../../../src/ports/table-file';

const folder = mkdtempSync(join(tmpdir(), 'clv-regular-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each([
  ['a table', openTable],
  ['a whole file', readRegularFile],
])('%s', (_, read) => {
  test('that is a pipe without a writer is refused, and does not wait for one', async () => {
    const path = join(folder, `pipe-${_.length}`);
    execFileSync('mkfifo', [path]);
    await expect(read(path)).rejects.toThrow(`${path} is a pipe, and files are read twice: write it to a file first.`);
  });

  test('that is a device, a socket or a folder is refused by its name', async () => {
    await expect(read('/dev/zero')).rejects.toThrow('/dev/zero is a device: name a file.');
    await expect(read(folder)).rejects.toThrow(`${folder} is a folder: name a file.`);
    const socket = join(folder, 'socket');
    const server = createServer().listen(socket);
    await new Promise((listening) => server.once('listening', listening));
    await expect(read(socket)).rejects.toThrow('is a socket: name a file.');
    await new Promise((closed) => server.close(closed));
  });

  test('that is missing is refused with the folder from which it was looked for', async () => {
    const missing = `none-${_.length}.csv`;
    await expect(read(missing)).rejects.toThrow(
      `${missing} does not exist: check the path. It is looked for from ${process.cwd()}.`,
    );
    const file = join(folder, 'file');
    writeFileSync(file, 'text');
    await expect(read(join(file, 'inner'))).rejects.toThrow('does not exist');
    await expect(read(missing)).rejects.toBeInstanceOf(FileError);
  });
});

test('a whole file is read', async () => {
  const path = join(folder, 'whole');
  writeFileSync(path, 'text');
  expect(Buffer.from(await readRegularFile(path)).toString()).toBe('text');
});

test('who may not read a file is told so', async () => {
  const path = join(folder, 'secret');
  writeFileSync(path, 'text');
  chmodSync(path, 0);
  // Root may read everything: then the sentence alone is tested.
  const refused =
    process.getuid?.() === 0 ? unreadable(path, { code: 'EACCES' }) : await openTable(path).catch((e) => e);
  expect(refused.message).toBe(`${path} may not be read by this user: change its permissions, or copy it.`);
});
