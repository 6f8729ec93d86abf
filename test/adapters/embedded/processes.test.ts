import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { EmbeddedLogReader } from '../../../src/adapters/embedded/log-reader';
import { EmbeddedPartitionSource } from '../../../src/adapters/embedded/partition-source';
import { EmbeddedStateReader } from '../../../src/adapters/embedded/state-reader';
import { EmbeddedStateStore } from '../../../src/adapters/embedded/state-store';
import { systemClock } from '../../../src/adapters/system/clock';
import { until } from '../../support/process';
import { type EmbeddedFolder, embeddedFolder } from './folder';

const PARTITIONS = 5;
const children: ChildProcess[] = [];
let folder: EmbeddedFolder;

afterEach(async () => {
  for (const child of children.splice(0)) await kill(child);
  await folder.close();
});

/** Starts test/adapters/embedded/other-process.ts and keeps the lines that it says. */
function start(role: 'source' | 'commits'): { child: ChildProcess; lines: string[] } {
  const script = join(__dirname, 'other-process.ts');
  const register = join(__dirname, '../../support/swc-register.js');
  const child = spawn(process.execPath, ['-r', register, script, role, folder.path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  children.push(child);
  const lines: string[] = [];
  if (child.stdout) createInterface({ input: child.stdout }).on('line', (line) => lines.push(line));
  return { child, lines };
}

/** kill -9, and waits until it is gone. */
async function kill(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await gone;
}

const owned = (lines: readonly string[]): number =>
  lines.reduce((count, line) => count + (line.startsWith('assigned') ? 1 : -1), 0);

test('processes share the partitions; one that is killed loses its leases to the others', async () => {
  folder = await embeddedFolder(['orders', 'clicks'], PARTITIONS);
  const first = start('source');
  await until('the first process owns all', () => owned(first.lines) === PARTITIONS);
  const mine = new Set<number>();
  const source = new EmbeddedPartitionSource(folder.env, folder.topics, folder.log, systemClock, {
    inputTopics: ['orders', 'clicks'],
    leaseMs: 1500,
  });
  await source.start({
    assigned: (partition) => void mine.add(partition),
    revoked: async (partition) => void mine.delete(partition),
    records: () => {},
    confirmed: () => {},
    outOfRange: () => {},
    looked: () => {},
    shared: () => {},
    connected: () => {},
  });
  await until('both have their share', () => owned(first.lines) === 3 && mine.size === 2);
  await kill(first.child);
  await until('the survivor owns all', () => mine.size === PARTITIONS);
  const second = start('source');
  await until('the next process has its share', () => owned(second.lines) === 2 && mine.size === 3);
  await source.stop();
  expect(mine.size).toBe(0);
  await until('what was let go is taken', () => owned(second.lines) === PARTITIONS);
});

test('kill -9 in the midst of commits leaves whole commits only, and none that was answered is lost', async () => {
  folder = await embeddedFolder(['updates', 'dead-letters'], 1);
  const { env, topics, log } = folder;
  const writer = start('commits');
  await until('some commits are answered', () => writer.lines.length >= 20);
  await kill(writer.child);
  const store = new EmbeddedStateStore(env, topics, log, { updates: 'updates', deadLetters: 'dead-letters' });
  const last = Number(await store.newestCommitId(0));
  expect(last).toBeGreaterThanOrEqual(Number(writer.lines.at(-1)));
  const { epoch, meta } = await store.claim(0);
  expect(meta).toMatchObject({ commits: last, folded: [last], published: [last] });
  const states = (await store.load(0, ['c0', 'c99'])).states;
  expect(states.map((state) => Buffer.from(state ?? []).toString())).toEqual([String(last), String(last)]);
  expect(await new EmbeddedStateReader(env).folded(0)).toEqual([last]);
  const values: string[] = [];
  await new EmbeddedLogReader(env, topics, log, systemClock).readToEnd(
    [{ topic: 'updates', partition: 0, offset: 0 }],
    async ({ records }) => {
      values.push(...records.map(({ value }) => Buffer.from(value ?? []).toString()));
    },
  );
  expect(values).toEqual(Array.from({ length: 3 * last }, (_, i) => String(Math.floor(i / 3) + 1)));
  // The writer's lock died with it: this process commits at once.
  const next = { epoch, follows: String(last), commitId: 'next', states: [], folded: [last], records: [] };
  expect(await store.commit(0, next)).toBe('published');
});
