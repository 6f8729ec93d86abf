import type { OutboxRecord } from '../../../src/ports/state-store';
import { PartitionRunner, type RunnerSettings } from '../../../src/services/scorer/partition-runner';
import { byTopic } from '../../support/events';
import { broken, holdCommits, ScorerWorld, SETTINGS, settled } from '../../support/scorer-world';

/** The runner of partition 2 in service; commits wait for `release`. `arrive`: records of so many bytes. */
async function running(change: Partial<RunnerSettings> = {}) {
  const world = new ScorerWorld();
  const runner = new PartitionRunner(2, world.runnerPorts, { ...SETTINGS, ...change });
  const release = holdCommits(world);
  runner.assigned();
  await settled();
  const next = [0, 0, 0];
  const arrive = async (role: 'orders' | 'clicks' | 'browses', ...bytes: number[]) => {
    const topic = ['orders', 'clicks', 'browses'].indexOf(role);
    const items = bytes.map((each, i) => broken(role, next[topic]! + i, each - 64));
    next[topic]! += bytes.length;
    runner.offer(topic, items, next[topic]!, next[topic]!);
    await settled();
  };
  /** Calls of the source, without positions. */
  const calls = () =>
    world.calls.filter(([name]) => name === 'pause' || name === 'resume').map((call) => call.join(' '));
  return { world, runner, release, arrive, calls };
}

/** A record counts with 64 bytes beside its key and value. */
const SMALL = 64;

describe('the bound of a queue', () => {
  test('in bytes: the topic is paused once, and resumed below half', async () => {
    const { world, release, arrive, calls } = await running({ maxQueuedBytes: 10_000, maxBatch: 1 });
    await arrive('orders', SMALL);
    await arrive('clicks', 5_000, 500, 4_499);
    expect(calls()).toEqual([]);
    await arrive('clicks', SMALL);
    await arrive('clicks', SMALL);
    expect(calls()).toEqual(['pause 2 1']);
    await release();
    // 5127 bytes wait, then 4627.
    expect(calls()).toEqual(['pause 2 1']);
    await release();
    expect(calls()).toEqual(['pause 2 1', 'resume 2 1']);
    for (let i = 0; i < 5; i++) await release();
    expect(world.budget.bytes).toBe(0);
  });

  test('pauses a topic again that fills again', async () => {
    const { release, arrive, calls } = await running({ maxQueuedRecords: 4, maxBatch: 1 });
    await arrive('orders', ...Array(5).fill(SMALL));
    for (let i = 0; i < 3; i++) await release();
    expect(calls()).toEqual(['pause 2 0', 'resume 2 0']);
    await arrive('orders', ...Array(4).fill(SMALL));
    expect(calls()).toEqual(['pause 2 0', 'resume 2 0', 'pause 2 0']);
  });

  test('in bytes to the byte', async () => {
    const { release, arrive, calls } = await running({ maxQueuedBytes: 10_000, maxBatch: 1 });
    await arrive('orders', SMALL);
    await arrive('clicks', 5_000, 4_999);
    expect(calls()).toEqual([]);
    await arrive('browses', 5_000, 100, 4_900);
    expect(calls()).toEqual(['pause 2 2']);
    await release(); // clicks
    await release();
    await release(); // browses: 5000 bytes wait
    expect(calls()).toEqual(['pause 2 2']);
    await release();
    expect(calls()).toEqual(['pause 2 2', 'resume 2 2']);
  });

  test.each([
    [4, 2],
    [40, 20],
  ])('in records: paused with %d, resumed with fewer than %d', async (maxQueuedRecords, half) => {
    const { release, arrive, calls } = await running({ maxQueuedRecords, maxBatch: 1 });
    await arrive('orders', SMALL);
    await arrive('orders', ...Array(maxQueuedRecords - 1).fill(SMALL));
    expect(calls()).toEqual([]);
    await arrive('orders', SMALL);
    expect(calls()).toEqual(['pause 2 0']);
    for (let waiting = maxQueuedRecords; waiting > half; waiting--) await release();
    expect(calls()).toEqual(['pause 2 0']);
    await release();
    expect(calls()).toEqual(['pause 2 0', 'resume 2 0']);
  });

  test('of the process: topics with waiting records are paused, never an empty one', async () => {
    const { world, runner, arrive, calls } = await running();
    world.budget.add(SETTINGS.maxQueuedBytesTotal - 2 * SMALL); // of another partition
    await arrive('orders', SMALL);
    await arrive('clicks', SMALL);
    expect(calls()).toEqual([]);
    await arrive('browses', SMALL);
    runner.offer(3, [], 0, 0);
    expect(calls()).toEqual(['pause 2 2']);
    runner.tick();
    expect(calls()).toEqual(['pause 2 2']);
    world.budget.add(-SETTINGS.maxQueuedBytesTotal + 2 * SMALL);
    runner.tick();
    expect(calls()).toEqual(['pause 2 2', 'resume 2 2']);
  });

  test('of the process: a topic is resumed once it is empty, although the budget is still spent', async () => {
    const { world, release, arrive, calls } = await running();
    await arrive('orders', SMALL);
    world.budget.add(SETTINGS.maxQueuedBytesTotal);
    await arrive('clicks', SMALL);
    expect(calls()).toEqual(['pause 2 1']);
    await release();
    expect(calls()).toEqual(['pause 2 1', 'resume 2 1']);
  });
});

describe('the bound of a batch', () => {
  test('counts the bytes that go in and those that come out', async () => {
    const { world, release, arrive } = await running({ maxBatchBytes: 5_000, maxQueuedBytes: 1e6 });
    await arrive('orders', 4_064, 4_064, 9_064, 164);
    for (let i = 0; i < 4; i++) await release();
    expect(world.commits.map(({ records }) => records.length)).toEqual([1, 1, 1, 1]);
  });

  test('counts records', async () => {
    const { world, release, arrive } = await running({ maxBatch: 2 });
    await arrive('orders', SMALL, SMALL, SMALL, SMALL, SMALL);
    for (let i = 0; i < 3; i++) await release();
    expect(world.commits.map(({ records }) => records.length)).toEqual([2, 2, 1]);
  });
});

describe('a fault that no waiting mends', () => {
  test('is logged once, with its repair, and the partition stands still until then', async () => {
    const world = new ScorerWorld();
    const damaged = Object.assign(new Error('commit 1 of 2 is cut off'), { code: 'outbox-blob' });
    world.store.claim = () => Promise.reject(damaged);
    const runner = new PartitionRunner(2, world.runnerPorts, SETTINGS);
    runner.assigned();
    await settled();
    for (let second = 0; second < 9; second++) await world.clock.pass(1_000);
    expect(runner.standing).toEqual({ seconds: 9, reason: expect.stringContaining('commit 1 of 2') });
    expect(world.notices).toEqual([
      expect.stringMatching(/^error: .*commit 1 of 2 is cut off.*state rebuild --partition 2/),
    ]);
  });

  test('names the largest record if the broker refuses one for its size', async () => {
    const world = new ScorerWorld();
    const letter = (offset: number, bytes: number): OutboxRecord => ({
      ...{ kind: 'dead-letter', key: null, value: new Uint8Array(bytes), timestampMs: 1 },
      covers: byTopic({ orders: offset }, -1),
    });
    const folded = byTopic({ orders: 2 });
    const meta = { commitIds: ['x'], commits: 1, folded, published: byTopic() };
    world.claim = {
      ...world.claim,
      meta,
      outbox: [{ commitId: 'x', folded, records: [letter(0, 10), letter(1, 900)] }],
    };
    const refused = Object.assign(new Error('too large for the server'), { type: 'MESSAGE_TOO_LARGE' });
    world.publisher = { ...world.publisher, publish: async () => 'unknown', lastError: () => refused };
    const runner = new PartitionRunner(2, world.runnerPorts, SETTINGS);
    runner.assigned();
    await settled();
    for (let second = 0; second < 9; second++) await world.clock.pass(1_000);
    expect(world.notices).toEqual([
      expect.stringMatching(/^error: .*dead-letter of orders 1: 900 bytes.*max\.message\.bytes/),
    ]);
    expect(runner.standing).toMatchObject({ seconds: 9 });
  });
});
