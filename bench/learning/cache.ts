import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PACKAGE_DIRECTORY } from '../../src/cli/process/process';
import type { Schedule } from './schedule';

/** The code on which a schedule depends: folders and files. */
const CODE = [
  'bench/learning.ts',
  'src/adapters/files',
  'src/cli/fit/history.ts',
  'src/services/files',
  'test/support/memory-topics.ts',
  'src/domain',
  'src/serde',
  'src/services/fit',
  'src/services/trainer',
  'src/adapters/tensorflow',
  'models',
  'bench/learning',
];

/** Keeps schedules between runs, by shop, contender, seed and the digest of the code, so that a long table can be made in pieces. */
export class ScheduleCache {
  private readonly folder: string;

  constructor() {
    const cache = process.env.CLV_CACHE_DIR ?? join(homedir(), '.cache', 'clv-stream');
    this.folder = join(cache, 'bench-learning', codeDigest());
    mkdirSync(this.folder, { recursive: true });
  }

  async of(name: string, make: () => Promise<Schedule>): Promise<Schedule> {
    const path = join(this.folder, `${name.replaceAll(/[^a-z0-9.-]+/gi, '-')}.json`);
    if (existsSync(path)) return decode(readFileSync(path, 'utf8'));
    const schedule = await make();
    writeFileSync(`${path}.part`, encode(schedule));
    renameSync(`${path}.part`, path);
    return schedule;
  }
}

function encode({ releases, verdicts }: Schedule): string {
  const rows = releases.map((release) => ({ ...release, artefact: Buffer.from(release.artefact).toString('base64') }));
  return JSON.stringify({ releases: rows, verdicts });
}

function decode(text: string): Schedule {
  const { releases, verdicts } = JSON.parse(text);
  return {
    releases: releases.map((row: { artefact: string }) => ({
      ...row,
      artefact: new Uint8Array(Buffer.from(row.artefact, 'base64')),
    })),
    verdicts,
  };
}

function codeDigest(): string {
  const hash = createHash('sha256');
  for (const place of CODE) {
    const root = join(PACKAGE_DIRECTORY, place);
    const paths = statSync(root).isFile()
      ? [root]
      : readdirSync(root, { recursive: true, withFileTypes: true })
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name))
          .sort();
    for (const path of paths) hash.update(path.slice(PACKAGE_DIRECTORY.length)).update(readFileSync(path));
  }
  return hash.digest('hex').slice(0, 12);
}
