import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StoreOwned } from '../../../src/adapters/embedded/store-owner';
import { openTrainerStore } from '../../../src/adapters/embedded/trainer-store';
import { mulberry32 } from '../../../src/domain/math/random';
import { trainerStoreContract } from '../../contracts/trainer-store-contract';
import { CHILD_STREAM, contentOf, openLabels, randomLogs, readBatch } from '../../support/label-streams';
import { MemoryTrainerStore } from '../../support/memory-trainer-store';
import { testSeed } from '../../support/seeded';

const seed = testSeed();
const newFolder = (): string => mkdtempSync(join(tmpdir(), 'clv-test-store-'));

trainerStoreContract(
  'a folder of the embedded store',
  async () => {
    const path = newFolder();
    return {
      open: async () => openTrainerStore(path),
      dispose: async () => rmSync(path, { recursive: true, force: true }),
    };
  },
  seed,
);

trainerStoreContract(
  'the store in memory',
  async () => {
    const store = new MemoryTrainerStore();
    return { open: async () => store, dispose: async () => undefined };
  },
  seed,
);

function startChild(path: string, holds = false): ChildProcess {
  const argument = JSON.stringify({ path, seed, stream: CHILD_STREAM, holds });
  const args = ['-r', join(__dirname, '../../support/swc-register.js'), join(__dirname, 'trainer-store-child.ts')];
  return spawn(process.execPath, [...args, argument], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** Runs one life of the child, killed after so many commits; true where it came to its end. */
function live(path: string, commitsBeforeKill: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const child = startChild(path);
    let commits = 0;
    child.stdout!.on('data', (output: Buffer) => {
      commits += output.length;
      if (commits >= commitsBeforeKill) child.kill('SIGKILL');
    });
    child.once('error', reject);
    child.once('exit', (code, signal) => {
      if (code === 0 || signal === 'SIGKILL') resolve(code === 0);
      else reject(new Error(`the child ended with code ${code}, signal ${signal}`));
    });
  });
}

test(`labels after any number of kill -9 are those of an undisturbed run (CLV_TEST_SEED=${seed})`, async () => {
  const { events, customers, days, disorderDays, settings } = CHILD_STREAM;
  const logs = randomLogs(mulberry32(seed), events, customers, days, disorderDays);
  const undisturbed = new MemoryTrainerStore();
  const labels = openLabels(undisturbed, settings);
  logs.forEach((log, topic) => {
    readBatch(labels, undisturbed, logs, topic, log.length);
  });

  const path = newFolder();
  try {
    const random = mulberry32(seed + 1);
    let kills = 0;
    while (!(await live(path, 1 + Math.floor(random() * 90)))) kills++;
    expect(kills).toBeGreaterThan(0);
    const store = openTrainerStore(path);
    expect(contentOf(store)).toEqual(contentOf(undisturbed));
    await store.close();
  } finally {
    rmSync(path, { recursive: true, force: true });
  }
});

describe('a second process', () => {
  let path: string;
  beforeEach(() => {
    path = newFolder();
  });
  afterEach(() => rmSync(path, { recursive: true, force: true }));

  test('is refused while the first one lives, and takes over as soon as that was killed', async () => {
    const child = startChild(path, true);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    await new Promise((resolve) => child.stdout!.once('data', resolve));
    expect(() => openTrainerStore(path)).toThrow(StoreOwned);
    expect(() => openTrainerStore(path)).toThrow(new RegExp(`^process ${child.pid} on .* uses this store`));
    child.kill('SIGKILL');
    await ended;
    await openTrainerStore(path).close();
  });

  test('is refused for as long as the first one shows signs of life', async () => {
    jest.useFakeTimers({ doNotFake: ['nextTick', 'setImmediate'] });
    try {
      let nowMs = 1_800_000_000_000;
      const owner = { host: 'here', pid: 1, nowMs: () => nowMs, isRunning: () => true };
      const other = { ...owner, host: 'there' };
      const store = openTrainerStore(path, owner);
      nowMs += 50_000;
      jest.advanceTimersByTime(5_000);
      nowMs += 50_000;
      expect(() => openTrainerStore(path, other)).toThrow('last sign of life 50 s ago');
      nowMs += 11_000;
      const next = openTrainerStore(path, other);
      await store.close();
      await next.close();
    } finally {
      jest.useRealTimers();
    }
  });

  test('that takes over a silent owner stops its commits', async () => {
    const first = openTrainerStore(path);
    const later = { host: 'there', pid: 1, nowMs: () => Date.now() + 61_000, isRunning: () => true };
    const second = openTrainerStore(path, later);
    expect(() => first.commit([], null)).toThrow(
      'process 1 on there has taken this store over; this process stops writing',
    );
    second.commit([], null);
    // The end of the first one must not look like the end of the second.
    await first.close();
    expect(() => openTrainerStore(path, { ...later, pid: 2 })).toThrow(StoreOwned);
    second.commit([], null);
    await second.close();
  });
});
