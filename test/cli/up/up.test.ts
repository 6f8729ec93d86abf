import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Running, runCommand, startCommand } from '../../support/cli';
import { until } from '../../support/process';

let home = '';
let running: Running | null = null;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'clv-up-'));
});
afterEach(async () => {
  await running?.stop();
  running = null;
  rmSync(home, { recursive: true, force: true });
});

/** JSON lines hold the process ids. */
const environment = () => ({
  CLV_HOME: home,
  CLV_PARTITIONS: '2',
  CLV_HTTP_PORT: '0',
  CLV_LOG_FORMAT: 'json',
  CLV_BACKEND: 'wasm',
});

function startUp(...options: string[]): Running {
  running = startCommand(['up', ...options], environment());
  return running;
}

const dashboardOf = ({ stdout }: Running) => /^up +\| dashboard: (http:\S+)$/m.exec(stdout())?.[1];

/** Process id of a part, once it has logged a line. */
const pidOf = ({ stderr }: Running, name: string): number | null => {
  const line = new RegExp(`^${name} +\\| (\\{.*\\})$`, 'm').exec(stderr())?.[1];
  return line === undefined ? null : (JSON.parse(line) as { pid: number }).pid;
};

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

async function pidsOf(up: Running, names: readonly string[]): Promise<number[]> {
  await until('every process runs', () => {
    if (up.child.exitCode !== null) throw new Error(up.stdout() + up.stderr());
    return dashboardOf(up) !== undefined && names.every((name) => pidOf(up, name) !== null);
  });
  return names.map((name) => pidOf(up, name)!);
}

const NAMES = ['serve', 'score-1', 'score-2', 'train', 'clock'];

describe('clv-stream up', () => {
  test('runs a whole deployment: simulated events are scored and served, and Ctrl-C ends all of it in order', async () => {
    const up = startUp('--scorers', '2');
    const pids = await pidsOf(up, NAMES);
    expect(up.stdout().split('\n')[0]).toMatch(
      /^up +\| working on the embedded store .*, because neither KAFKA_BROKERS/,
    );
    const simulate = runCommand(['simulate', '--events', '200', '--rate', 'max', '--customers', '50'], environment());
    expect(simulate).toMatchObject({ code: 0 });
    await until('the dashboard shows all customers that were written', async () => {
      const answer = await fetch(`${dashboardOf(up)}/v1/status`);
      return ((await answer.json()) as { updates: number }).updates >= 200;
    });
    up.child.kill('SIGINT');
    const { code, stdout } = await up.finished;
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('all processes have ended') });
    expect(pids.filter(isAlive)).toEqual([]);
    const audit = runCommand(['audit', '--max-pending', '100000000'], environment());
    expect(audit).toMatchObject({ code: 0, stdout: expect.stringMatching(/\npassed\n$/) });
  });

  test('ends all if one of them dies, and names it', async () => {
    const up = startUp('--scorers', '2');
    const pids = await pidsOf(up, NAMES);
    process.kill(pidOf(up, 'score-2')!, 'SIGKILL');
    const { code, stdout } = await up.finished;
    expect(code).toBe(1);
    expect(stdout).toMatch(/^up +\| score-2 was killed by SIGKILL: its last lines say why/m);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test('leaves nothing behind if it is killed itself', async () => {
    const up = startUp('--no-clock');
    const pids = await pidsOf(up, ['serve', 'score', 'train']);
    up.child.kill('SIGKILL');
    await until('every process has noticed', () => !pids.some(isAlive));
  });

  test.each([
    ['while setup runs', ({ stdout }: Running) => stdout() !== ''],
    ['when the first part has begun', (up: Running) => pidOf(up, 'score-1') !== null],
  ])('Ctrl-C %s ends all in order, too', async (_, hasBegun) => {
    const up = startUp('--scorers', '2');
    await until('it has begun', () => hasBegun(up));
    up.child.kill('SIGINT');
    const { code, stdout, stderr } = await up.finished;
    expect({ code, stdout, stderr }).toMatchObject({ code: 0 });
    const pids = NAMES.flatMap((name) => pidOf(up, name) ?? []);
    expect(pids.filter(isAlive)).toEqual([]);
  });

  test('starts nothing if setup finds a fault, and says what to correct', async () => {
    expect(runCommand(['setup'], { ...environment(), CLV_PARTITIONS: '3' })).toMatchObject({ code: 0 });
    const { code, stdout, stderr } = await startUp().finished;
    expect(code).toBe(1);
    expect(stderr).toMatch(/^setup +\| orders: has 3 partitions/m);
    expect(stdout).toMatch(/setup ended with exit code 1: its lines above say what to correct/);
    expect(stdout).not.toMatch(/dashboard/);
  });
});
