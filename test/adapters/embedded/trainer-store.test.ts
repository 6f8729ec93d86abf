import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

function startChild(path: string): ChildProcess {
  const argument = JSON.stringify({ path, seed, stream: CHILD_STREAM });
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
