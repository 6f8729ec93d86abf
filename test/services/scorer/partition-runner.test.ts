import { PartitionRunner, type RunnerSettings } from '../../../src/services/scorer/partition-runner';
import { byTopic } from '../../support/events';
import { away, broken, holdCommits, isDone, ScorerWorld, SETTINGS, settled } from '../../support/scorer-world';

const NOWHERE = byTopic();
const meta = { commitIds: ['a'], commits: 1, folded: byTopic({ orders: 5 }), published: byTopic({ orders: 5 }) };

/** The runner of partition 2, before it is assigned. */
function open(change: Partial<RunnerSettings> = {}) {
  const world = new ScorerWorld();
  const runner = new PartitionRunner(2, world.runnerPorts, { ...SETTINGS, ...change });
  const start = async () => {
    runner.assigned();
    await settled();
  };
  /** Orders of these offsets arrive, and the log ends behind them. */
  const orders = async (...offsets: number[]) => {
    const next = offsets.at(-1)! + 1;
    runner.offer(
      0,
      offsets.map((offset) => broken('orders', offset)),
      next,
      next,
    );
    await settled();
  };
  return { world, runner, start, orders };
}

describe('a partition that is assigned', () => {
  test('owns, claims, and reads from the folded offsets', async () => {
    const { world, runner, start } = open();
    world.claim = { ...world.claim, meta };
    world.publisher = { ...world.publisher, emitted: byTopic({ orders: 5 }) };
    expect(runner.phase).toBe('idle');
    await start();
    expect(runner.phase).toBe('running');
    expect(world.calls).toEqual([
      ['claim', 2],
      ['position', 2, byTopic({ orders: 5 })],
    ]);
    expect(runner.standing).toBeNull();
  });

  test('folds, commits, publishes and trims', async () => {
    const { world, start, orders } = open();
    await start();
    await orders(0, 1);
    expect(world.commits).toMatchObject([{ epoch: 7, follows: '', commitId: 'c1', folded: byTopic({ orders: 2 }) }]);
    expect(world.calls.slice(2)).toEqual([
      ['publish', 2, byTopic({ orders: 2 })],
      ['trim', 2, 'c1', byTopic({ orders: 2 })],
    ]);
    await orders(2);
    expect(world.commits).toMatchObject([{}, { follows: 'c1', commitId: 'c2', folded: byTopic({ orders: 3 }) }]);
  });

  test('folds what arrives during a commit once that is answered', async () => {
    const { world, start, orders } = open();
    const release = holdCommits(world);
    await start();
    await orders(0);
    await orders(1);
    await orders(2);
    expect(world.commits).toHaveLength(0);
    await release();
    await release();
    expect(world.commits.map(({ records }) => records.length)).toEqual([1, 2]);
  });

  test('takes nothing in before it runs', async () => {
    const { world, runner, start, orders } = open();
    await orders(0);
    expect(runner.lagRecords()).toBe(0);
    await start();
    expect(world.commits).toHaveLength(0);
  });

  test('catches up with what is published before it folds another topic', async () => {
    const { world, runner, start, orders } = open();
    world.publisher = { ...world.publisher, emitted: byTopic({ clicks: 1 }) };
    world.claim = { ...world.claim, meta: { ...meta, folded: NOWHERE, published: NOWHERE } };
    await start();
    await orders(0);
    expect(world.commits).toHaveLength(0);
    runner.offer(1, [broken('clicks', 0)], 1, 1);
    await settled();
    expect(world.commits.at(-1)).toMatchObject({ folded: byTopic({ orders: 1, clicks: 1 }) });
  });

  test('waits for an empty topic as long as it may, then goes on at the next tick', async () => {
    const { world, runner, start, orders } = open({ maxIdleMs: 100 });
    await start();
    for (const topic of [1, 2, 3, 4, 5]) runner.offer(topic, [], 0, topic === 1 ? 1 : 0);
    await orders(0);
    await world.clock.pass(99);
    runner.tick();
    await settled();
    expect(world.commits).toHaveLength(0);
    await world.clock.pass(1);
    expect(world.commits).toHaveLength(0);
    runner.tick();
    await settled();
    expect(world.commits).toHaveLength(1);
  });
});

describe('the idle check', () => {
  test('comes once in its interval, with lag and standing', async () => {
    const { world, runner, start } = open();
    await start();
    runner.offer(0, [], 3, 10);
    for (const ms of [0, 999.5, 0.5, 999, 1]) {
      await world.clock.pass(ms);
      runner.tick();
    }
    expect(world.facts('lag')).toEqual([
      { partition: 2, records: 7 },
      { partition: 2, records: 7 },
    ]);
    expect(world.facts('standing')).toEqual([
      { partition: 2, seconds: 0 },
      { partition: 2, seconds: 0 },
    ]);
  });

  test('finds out that somebody else extended the commit chain; goes on when the group confirms', async () => {
    const { world, runner, start } = open();
    await start();
    world.store.newestCommitId = async () => 'other';
    await world.clock.pass(1_000);
    runner.tick();
    await settled();
    expect(world.facts('fenced')).toEqual([{ partition: 2, by: 'store' }]);
    expect(runner.phase).toBe('unconfirmed');
    await world.clock.pass(60_000);
    expect(runner.phase).toBe('unconfirmed');
    runner.confirmed();
    expect(runner.phase).toBe('waiting');
    await world.clock.pass(200);
    expect(runner.phase).toBe('running');
  });
});

describe('a partition that makes no progress', () => {
  test('tries again after waits that double up to the longest', async () => {
    const { world, runner, start } = open();
    world.ownership.own = () => Promise.reject(away());
    await start();
    for (const waitMs of [100, 200, 400, 400]) {
      expect(world.clock.waitsMs).toEqual([waitMs]);
      expect(runner.phase).toBe('waiting');
      await world.clock.pass(waitMs);
    }
    expect(runner.standing).toEqual({ seconds: 1.1, reason: expect.stringContaining('could not take ownership') });
    runner.tick();
    expect(world.facts('standing')).toEqual([{ partition: 2, seconds: 1.1 }]);
  });

  test('is halted by a foreign state, and counts from then', async () => {
    const { world, runner, start } = open();
    world.claim = { ...world.claim, foreign: 'other' };
    await world.clock.pass(2_000);
    await start();
    await world.clock.pass(3_000);
    runner.tick();
    const reason = 'is halted: an earlier error line names the loss and the setting to change';
    expect(runner.standing).toEqual({ seconds: 3, reason });
    expect(runner.phase).toBe('halted');
    expect(world.facts('standing')).toEqual([{ partition: 2, seconds: 3 }]);
    expect(world.clock.waitsMs).toEqual([]);
  });

  test('stands still for a commit without an answer, and sends it again', async () => {
    const { world, runner, start, orders } = open();
    const { commit } = world.store;
    world.store.commit = () => Promise.reject(away());
    await start();
    await orders(0);
    expect(runner.standing).toMatchObject({ reason: expect.stringContaining('(1 records, orders up to 0') });
    world.store.commit = commit;
    await world.clock.pass(100);
    expect(world.commits).toMatchObject([{ commitId: 'c1' }]);
    expect(runner.standing).toBeNull();
  });

  test('forgets a commit without an answer when it starts over and nothing is left of it', async () => {
    const { world, runner, start, orders } = open();
    await start();
    world.store.commit = () => Promise.reject(away());
    await orders(0);
    world.store.commit = async () => 'fenced';
    await world.clock.pass(100);
    expect(world.facts('fenced')).toEqual([{ partition: 2, by: 'store' }]);
    runner.confirmed();
    await world.clock.pass(400);
    expect([runner.phase, runner.standing]).toEqual(['running', null]);
  });

  test('stands still for a publication until it arrives, or turns out to have arrived', async () => {
    const { world, runner, start, orders } = open();
    await start();
    world.publisher.publish = async () => 'unknown';
    await orders(0);
    expect(runner.standing).not.toBeNull();
    // Still waiting in the outbox.
    const folded = byTopic({ orders: 1 });
    const outbox = [{ commitId: 'c1', folded, records: world.commits[0]!.records }];
    world.claim = { ...world.claim, meta: { ...meta, commitIds: ['c1'], folded, published: NOWHERE }, outbox };
    world.publisher.publish = () => new Promise(() => undefined);
    await world.clock.pass(100);
    expect(runner.phase).toBe('running');
    expect(runner.standing).not.toBeNull();
    await runnerAnew();

    /** Another runner finds the offsets ahead: it had arrived. */
    async function runnerAnew() {
      const next = open();
      await next.start();
      next.world.publisher.publish = async () => 'unknown';
      await next.orders(0);
      next.world.claim = { ...world.claim, outbox: [] };
      next.world.publisher = { ...next.world.publisher, emitted: folded };
      await next.world.clock.pass(100);
      expect([next.runner.phase, next.runner.standing]).toEqual(['running', null]);
    }
  });

  test('stands still for the first offsets of a new group, too, until they are written', async () => {
    const { world, runner, start } = open();
    world.publisher = { ...world.publisher, emitted: null, publish: async () => 'unknown' };
    await start();
    world.publisher = { ...world.publisher, publish: () => new Promise(() => undefined) };
    await world.clock.pass(100);
    expect(runner.phase).toBe('running');
    expect(runner.standing).toMatchObject({ reason: expect.stringContaining('(offsets only)') });
  });

  test('logs a defect as a defect, starts over, and stands still until something is folded', async () => {
    const { world, runner, start, orders } = open();
    const { position } = world.source;
    world.source.position = () => Promise.reject(new Error('no such position'));
    await start();
    expect(world.notices).toEqual([
      expect.stringMatching(
        /^error: partition 2: an effect failed and the partition starts over; .*no such position.*defect/,
      ),
    ]);
    expect(runner.phase).toBe('waiting');
    world.source.position = position;
    await world.clock.pass(100);
    expect(runner.phase).toBe('running');
    expect(runner.standing).not.toBeNull();
    await orders(0);
    expect(runner.standing).toBeNull();
  });
});

describe('a partition that is revoked', () => {
  test('is let go at once if nothing is in flight', async () => {
    const { world, runner, start } = open();
    await start();
    expect(await isDone(runner.revoke(5_000))).toBe(true);
    expect(runner.phase).toBe('released');
    expect(world.clock.waitsMs).toEqual([]);
    expect(world.callsOf('close publisher')).toHaveLength(1);
  });

  test('finishes what is in flight first, and takes nothing new', async () => {
    const { world, runner, start, orders } = open();
    const release = holdCommits(world);
    await start();
    await orders(0);
    await orders(1);
    const revoked = runner.revoke(5_000);
    expect(await isDone(revoked)).toBe(false);
    await release();
    expect(await isDone(revoked)).toBe(true);
    expect(world.commits).toHaveLength(1);
    expect(world.callsOf('publish')).toEqual([[1, byTopic({ orders: 1 })]]);
    expect(world.budget.bytes).toBe(0);
  });

  test('is let go at the deadline all the same, and leaves nothing behind', async () => {
    const { world, runner, start, orders } = open();
    world.store.commit = () => Promise.reject(away());
    await start();
    await orders(0);
    await orders(1, 2);
    const revoked = runner.revoke(5_000);
    await world.clock.pass(4_999);
    expect(await isDone(revoked)).toBe(false);
    await world.clock.pass(1);
    expect(await isDone(revoked)).toBe(true);
    await world.clock.pass(0);
    expect(world.clock.waitsMs).toEqual([]);
    expect(world.callsOf('close publisher')).toHaveLength(1);
    expect(world.budget.bytes).toBe(0);
  });

  test('does not keep the window of emission latest', async () => {
    const { world, runner, start, orders } = open({ emission: 'latest' });
    await start();
    await orders(0);
    await orders(1);
    expect(world.callsOf('publish')).toHaveLength(1);
    expect(await isDone(runner.revoke(5_000))).toBe(true);
    expect(world.callsOf('publish')).toHaveLength(2);
  });
});

test('a full outbox ends the window of emission latest early', async () => {
  const { world, start, orders } = open({ emission: 'latest', machine: { ...SETTINGS.machine, maxOutbox: 3 } });
  await start();
  for (const offset of [0, 1, 2]) await orders(offset);
  expect(world.callsOf('publish')).toEqual([[1, byTopic({ orders: 1 })]]);
  await orders(3);
  expect(world.callsOf('publish').length).toBeGreaterThan(1);
  expect(world.commits).toHaveLength(4);
});
