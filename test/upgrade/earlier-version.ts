import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '..', '..');

/** The program as it was at a commit, built in a folder of its own. */
export interface EarlierVersion {
  readonly commit: string;
  /** Its entry point, to be run by node. */
  readonly program: string;
  /** The settings that it knows: it refuses to start with others. */
  settingsOf(settings: Readonly<Record<string, string>>): Record<string, string>;
  remove(): void;
}

/** Builds a commit of this repository. Its packages are this checkout's if both name the same ones, else they are installed. */
export function buildEarlierVersion(commit: string): EarlierVersion {
  const folder = mkdtempSync(join(tmpdir(), 'clv-earlier-'));
  const archive = execFileSync('git', ['archive', commit], { cwd: ROOT, maxBuffer: 2 ** 30 });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  const packagesOf = (root: string): string => {
    const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { dependencies: object };
    return JSON.stringify(dependencies);
  };
  if (packagesOf(folder) === packagesOf(ROOT)) symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  else execFileSync('npm', ['ci', '--ignore-scripts'], { cwd: folder, stdio: 'inherit' });
  const built = spawnSync('npm', ['run', '-s', 'build'], { cwd: folder, encoding: 'utf8' });
  if (!existsSync(join(folder, 'dist', 'cli', 'main.js'))) {
    throw new Error(`${commit} does not build: ${built.stdout}${built.stderr}`);
  }
  const table = readFileSync(join(folder, 'src', 'config', 'table.ts'), 'utf8');
  return {
    commit,
    program: join(folder, 'bin', 'clv-stream.js'),
    settingsOf: (settings) => Object.fromEntries(Object.entries(settings).filter(([name]) => table.includes(name))),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
