import { PartitionRunner, type RunnerSettings } from '../../../src/services/scorer/partition-runner';
import { byTopic } from '../../support/events';
import { broken, holdCommits, ScorerWorld, SETTINGS, settled } from '../../support/scorer-world';

const ALL_PAUSED = [0, 1, 2, 3, 4, 5].map((topic) => [2, topic]);
const HELD = { start: 0, end: 100 };

/** The runner of partition 2 in service; commits wait for `release`. */
async function running(change: Partial<RunnerSettings> = {}) {
  const world = new ScorerWorld();
  const runner = new PartitionRunner(2, world.runnerPorts, { ...SETTINGS, ...change });
  const release = holdCommits(world);
  runner.assigned();
  await settled();
  /** Orders of these offsets arrive, and the log ends behind them. */
  const orders = async (...offsets: number[]) => {
    const next = offsets.at(-1)! + 1;
    const items = offsets.map((offset) => broken('orders', offset));
    runner.offer(0, items, next, next);
    await settled();
  };
  return { world, runner, release, orders, claims: () => world.callsOf('claim').length };
}

describe('a log that no longer holds the position', () => {
  test('is folded as far as it was fetched, then the partition is claimed again', async () => {
    const { world, runner, release, orders, claims } = await running();
    await orders(0);
    await orders(1, 2);
    runner.outOfRange(0, 3, { start: 9, end: 20 });
    expect(world.callsOf('pause')).toEqual(ALL_PAUSED);
    await orders(9);
    await release();
    expect(claims()).toBe(1);
    await release();
    expect(world.commits.map(({ folded }) => folded[0])).toEqual([1, 3]);
    expect(claims()).toBe(2);
    expect(runner.phase).toBe('running');
    await orders(0);
    await release();
    expect(world.commits).toHaveLength(3);
  });

  test('is claimed again at once if nothing of the topic waits', async () => {
    const { runner, claims } = await running();
    runner.outOfRange(1, 3, { start: 9, end: 20 });
    await settled();
    expect(claims()).toBe(2);
  });

  test('of a topic without waiting records, while others have some', async () => {
    const { world, runner, release, orders, claims } = await running();
    await orders(0);
    await orders(1);
    runner.outOfRange(0, 2, { start: 9, end: 20 });
    runner.outOfRange(1, 3, { start: 9, end: 20 });
    await release();
    expect([claims(), world.commits.length]).toEqual([2, 1]);
  });

  test('below its start is logged each time; beyond its end once for a position of a topic', async () => {
    const { runner, claims } = await running();
    const report = async (topic: number, position: number) => {
      const before = claims();
      runner.outOfRange(topic, position, HELD);
      await settled();
      return claims() - before;
    };
    expect([await report(0, -1), await report(0, -1)]).toEqual([1, 1]);
    expect([await report(0, 100), await report(0, 100)]).toEqual([1, 1]);
    expect([await report(0, 101), await report(0, 101)]).toEqual([1, 0]);
    expect([await report(0, 102), await report(1, 102), await report(1, 102)]).toEqual([1, 1, 0]);
  });

  test('pauses nothing if the partition does not run', async () => {
    const world = new ScorerWorld();
    const runner = new PartitionRunner(2, world.runnerPorts, SETTINGS);
    runner.outOfRange(0, 3, HELD);
    runner.topicsChanged();
    expect(world.calls).toEqual([]);
    runner.assigned();
    await settled();
    expect(world.callsOf('claim')).toHaveLength(1);
  });

  test('resumes nothing before the partition is claimed again, which drops the pauses', async () => {
    const { world, runner, release, orders } = await running({ maxQueuedRecords: 2, maxBatch: 1 });
    await orders(0);
    await orders(1, 2);
    expect(world.callsOf('pause')).toEqual([[2, 0]]);
    runner.outOfRange(0, 3, { start: 9, end: 20 });
    await release();
    runner.tick();
    await release();
    await release();
    expect(world.callsOf('claim')).toHaveLength(2);
    expect(world.callsOf('resume')).toEqual([]);
    await orders(0);
    await orders(1, 2);
    expect(world.callsOf('pause')).toEqual([[2, 0], ...ALL_PAUSED, [2, 0]]);
  });
});

test('a topic that was created again: what waits is dropped, and the partition is claimed again', async () => {
  const { world, runner, release, orders, claims } = await running();
  await orders(0);
  await orders(1, 2);
  runner.topicsChanged();
  expect(world.callsOf('pause')).toEqual(ALL_PAUSED);
  await orders(3);
  expect(runner.lagRecords()).toBe(0);
  expect(world.budget.bytes).toBe(0);
  expect(claims()).toBe(1);
  await release();
  expect(claims()).toBe(2);
  expect(world.commits).toHaveLength(1);
  await orders(0);
  await release();
  expect(world.commits).toHaveLength(2);
});

describe('what is lost or overruled', () => {
  const meta = { commitIds: ['a'], commits: 1, folded: byTopic({ orders: 5 }), published: byTopic({ orders: 5 }) };

  async function claimed(prepare: (world: ScorerWorld) => void, onLogLost: 'halt' | 'continue' = 'halt') {
    const world = new ScorerWorld();
    world.claim = { ...world.claim, meta };
    world.publisher = { ...world.publisher, emitted: byTopic({ orders: 5 }) };
    prepare(world);
    const machine = { ...SETTINGS.machine, onLogLost };
    const runner = new PartitionRunner(2, world.runnerPorts, { ...SETTINGS, machine });
    runner.assigned();
    await settled();
    return { world, runner };
  }

  test('is logged with the number of records and the offsets; the partition stands still', async () => {
    const { world, runner } = await claimed((prepared) => {
      prepared.bounds[0] = { start: 9, end: 100 };
    });
    expect(runner.phase).toBe('halted');
    expect(world.facts('loss-found')).toEqual([{ partition: 2, reason: 'log-lost', records: 4 }]);
    expect(world.noticed).toEqual([
      {
        level: 'error',
        message: expect.stringMatching(/^partition 2: log-lost \(orders\)\./),
        detail: { from: '5,0,0,0,0,0', to: '9,0,0,0,0,0' },
      },
    ]);
  });

  test('continues if the setting allows it', async () => {
    const { world, runner } = await claimed((prepared) => {
      prepared.bounds[0] = { start: 9, end: 100 };
    }, 'continue');
    expect(runner.phase).toBe('running');
    expect(world.callsOf('position')).toEqual([[2, byTopic({ orders: 9 })]]);
    expect(world.facts('loss-found')).toHaveLength(1);
  });

  test('offsets below what is published are read again five times, and then overruled', async () => {
    const { world, runner } = await claimed((prepared) => {
      const stale = byTopic({ orders: 2 });
      prepared.publisher = { ...prepared.publisher, emitted: stale };
      prepared.publisher.readEmitted = async () => ({ emitted: stale, unmarked: [], withRecords: [], tail: null });
    });
    for (const waitMs of [100, 200, 400, 400, 400]) {
      expect(world.clock.waitsMs).toEqual([waitMs]);
      await world.clock.pass(waitMs);
    }
    expect(runner.phase).toBe('running');
    expect(world.facts('offsets-overruled')).toEqual([{ partition: 2, reason: 'stale' }]);
    expect(world.noticed).toEqual([
      {
        level: 'error',
        message:
          "partition 2: the group's offsets (orders) are lower than the published offsets, although both move in one transaction: Kafka's coordinator returned an old state. They are ignored and written again. Nothing is lost or published twice. See docs/runbook.md, ClvOffsetsOverruled.",
        detail: { group: '2,0,0,0,0,0', emitted: '5,0,0,0,0,0' },
      },
    ]);
    expect(world.callsOf('publish')).toEqual([[0, byTopic({ orders: 5 })]]);
  });

  test.each([
    [
      'that somebody set beyond what is published',
      { unmarked: [0, 1], withRecords: [] },
      [],
      'moved',
      'were set beyond all published offsets, by another program or a person',
    ],
    [
      'of a transaction whose records nobody sees',
      { unmarked: [], withRecords: [0, 1] },
      [100, 200, 400, 400, 400],
      'unshown',
      'belong to a transaction whose records are not in the output topics: it was not committed',
    ],
  ])('offsets %s are overruled after waits of %j ms', async (_, marks, waitsMs, reason, text) => {
    const { world } = await claimed((prepared) => {
      const emitted = byTopic({ orders: 50, clicks: 9 });
      const facts = { emitted, ...marks, tail: { emitted: byTopic(), exact: true } };
      prepared.publisher = { ...prepared.publisher, ...facts, readEmitted: async () => facts };
    });
    for (const waitMs of waitsMs) {
      expect(world.facts('offsets-overruled')).toEqual([]);
      await world.clock.pass(waitMs);
    }
    expect(world.facts('offsets-overruled')).toEqual([{ partition: 2, reason }]);
    expect(world.notices).toEqual([
      `error: partition 2: the group's offsets (orders, clicks) ${text}. They are ignored and written again. Nothing is lost or published twice. See docs/runbook.md, ClvOffsetsOverruled.`,
    ]);
  });
});
