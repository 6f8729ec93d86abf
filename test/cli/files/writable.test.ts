import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OutputError, outputFault } from '../../../src/adapters/files/output';
import { writeWhole } from '../../../src/adapters/files/whole-file';
import { type OutputRules, requireWritable, requireWritableFolder } from '../../../src/cli/files/writable';

describe('an output that can not be written', () => {
  const folder = mkdtempSync(join(tmpdir(), 'clv-writable-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const at = (name: string) => join(folder, name);
  writeFileSync(at('file'), 'mine');
  mkdirSync(at('folder'));
  symlinkSync(at('file'), at('link'));

  const fault = (path: string, rules: OutputRules = {}) =>
    requireWritable([{ option: '--out', path }], rules).then(
      () => null,
      (error) => (error instanceof OutputError ? error.message.replaceAll(folder, '') : error),
    );

  test.each<[string, string]>([
    ['/proc/x.csv', "--out /proc/x.csv can't be written: the folder /proc takes no files: name another folder."],
    [at('folder'), "--out /folder can't be written: it is a folder: name a file in it."],
    [`${at('new')}/`, "--out /new/ can't be written: it names a folder: name a file in it."],
    [
      at('none/x.csv'),
      "--out /none/x.csv can't be written: the folder /none does not exist: create it (mkdir -p /none), or name another one.",
    ],
    [at('file/x.csv'), "--out /file/x.csv can't be written: /file is a file and no folder: name another folder."],
    ['/dev/null', "--out /dev/null can't be written: it is a device or a pipe: name a file."],
  ])('%s', async (path, message) => {
    const before = readdirSync(folder);
    expect(await fault(path)).toBe(message);
    expect(readdirSync(folder)).toEqual(before);
  });

  test('the name is too long', async () => {
    expect(await fault(at('x'.repeat(300)))).toMatch(/can't be written: the name is too long: shorten it\.$/);
  });

  test('it is read, too, also by another name; two options name it', async () => {
    expect(await fault(at('link'), { inputs: [at('file')] })).toMatch(/it is also read; name another file/);
    const both = ['--json', '--report'].map((option) => ({ option, path: at('a') }));
    await expect(requireWritable(both)).rejects.toThrow(/^--report .*a can't be written: --json names it, too/);
  });

  test('one that can be written is left as it is; a device may be written where it is not replaced', async () => {
    expect(await fault(at('file'))).toBeNull();
    expect(await fault(at('new.csv'))).toBeNull();
    expect(await fault('/dev/null', { devices: true })).toBeNull();
    expect(readFileSync(at('file'), 'utf8')).toBe('mine');
    expect(readdirSync(folder).sort()).toEqual(['file', 'folder', 'link']);
  });

  test('a folder is created if its first parent that is there takes files, and only then', async () => {
    const of = (path: string) => requireWritableFolder({ option: '--out', path });
    await of(at('a/b/c'));
    expect(readdirSync(folder)).not.toContain('a');
    await expect(of(at('file'))).rejects.toThrow(/it is a file: name a folder\.$/);
    await expect(of(at('file/x'))).rejects.toThrow(/file is a file and no folder\.$/);
    await expect(of('/proc/x/y')).rejects.toThrow(/the folder \/proc takes no files/);
  });

  test('a file is written whole, through a link, or not at all', async () => {
    await writeWhole({ option: '--out', path: at('link') }, 'new');
    expect(readFileSync(at('file'), 'utf8')).toBe('new');
    await expect(writeWhole({ option: '--json', path: '/dev/full' }, 'x')).rejects.toThrow(
      "--json /dev/full can't be written: the disk of the folder /dev is full: make room, or name another folder.",
    );
    await expect(writeWhole({ option: '--out', path: at('folder') }, 'x')).rejects.toThrow(
      /it is a folder: name a file/,
    );
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([]);
  });

  test.each([
    ['EACCES', /this user may not write into the folder \/a: change its permissions/],
    ['EROFS', /the folder \/a is on a disk that is read-only/],
    ['ENOSPC', /the disk of the folder \/a is full: make room/],
    ['EMFILE', /the system refuses it \(EMFILE\)/],
  ])('%s is told in a sentence; a fault of a server stays as it is', (code, message) => {
    const output = { option: '--out', path: '/a/x.csv' };
    const error = (syscall: string) => Object.assign(new Error(code), { code, syscall });
    expect((outputFault(output, error('open')) as Error).message).toMatch(message);
    const other = error('connect');
    expect(outputFault(output, other)).toBe(other);
  });
});
