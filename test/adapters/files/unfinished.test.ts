import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PACKAGE_DIRECTORY } from '../../../src/cli/process/process';

/** Begins a file and a folder, and ends the latter, before it does what is given. */
const program = (then: string) => `
  const { mkdirSync, writeFileSync } = require('node:fs');
  const { unfinished } = require('./src/adapters/files/unfinished.ts');
  const at = (name) => process.argv[1] + '/' + name;
  writeFileSync(at('a.part'), 'half');
  unfinished(at('a.part'), 'a.csv');
  mkdirSync(at('b.part/inner'), { recursive: true });
  writeFileSync(at('b.part/inner/c'), '');
  unfinished(at('b.part'), 'b');
  mkdirSync(at('new/deep'), { recursive: true });
  unfinished(at('new/deep/e.part'), 'e', [at('new/deep'), at('new')]);
  writeFileSync(at('d.part'), 'whole');
  unfinished(at('d.part'), 'd')();
  ${then}`;

describe('what a process has begun and not completed', () => {
  const folder = mkdtempSync(join(tmpdir(), 'clv-unfinished-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  async function ended(then: string, signal?: NodeJS.Signals) {
    const child = spawn(process.execPath, ['-r', './test/support/swc-register.js', '-e', program(then), folder], {
      cwd: PACKAGE_DIRECTORY,
    });
    let stderr = '';
    child.stderr.on('data', (text) => {
      stderr += text;
    });
    const end = once(child, 'close');
    if (signal !== undefined) {
      await once(child.stdout, 'data');
      child.kill(signal);
    }
    const [code] = await end;
    return { code, stderr, left: readdirSync(folder) };
  }

  test.each<[NodeJS.Signals, number]>([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ])('%s removes it, and says what was not written', async (signal, code) => {
    const waiting = "console.log('ready'); setInterval(() => {}, 1000);";
    expect(await ended(waiting, signal)).toEqual({
      code,
      stderr: 'stopped before the end: a.csv, b, e was not written\n',
      left: ['d.part'],
    });
  });

  test('so do an end in the middle and an error that nobody has caught', async () => {
    expect(await ended('process.exit(3)')).toMatchObject({ code: 3, left: ['d.part'] });
    expect(await ended("throw new Error('lost')")).toMatchObject({ code: 1, left: ['d.part'] });
  });
});
