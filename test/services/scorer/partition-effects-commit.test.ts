import type { PublishOutcome } from '../../../src/ports/publisher';
import type { OutboxRecord } from '../../../src/ports/state-store';
import { UpdateCodec } from '../../../src/serde/update-codec';
import { byTopic } from '../../support/events';
import { away, broken, isDone, NO_QUEUE, openEffects, orderItem, START_MS, tickItem } from '../../support/scorer-world';

const RETRY = 'The partition goes on by itself when the cause is gone.';

describe('committing a micro-batch', () => {
  test('stores states, records and offsets under the epoch, the commit chain and the format of the claim', async () => {
    const { world, claim, fold, commit } = openEffects();
    await claim();
    await fold([orderItem(0, 'ann')]);
    const records = [letter(0, 10)];
    expect(await commit({ records })).toEqual({ type: 'commit-answered', attempt: 1, outcome: 'committed' });
    expect(world.commits).toEqual([
      {
        ...{ epoch: 7, follows: 'c0', commitId: 'c1', format: 3, folded: byTopic({ orders: 1 }), records },
        states: [{ customerId: 'ann', state: expect.anything(), isNew: true }],
      },
    ]);
    // The state's first byte is the version of its format: 5 at level 1, 7 at level 3.
    expect(world.commits[0]!.states[0]!.state[0]).toBe(7);
  });

  test('reports what the batch did', async () => {
    const { world, fold, commit } = openEffects();
    const items = [
      orderItem(0, 'ann', { items: 0 }),
      orderItem(1, 'ann'),
      { ...orderItem(2, 'ann'), decoded: orderItem(1, 'ann').decoded },
      { ...broken('clicks', 64), timestampMs: START_MS - 500 },
      tickItem(0, 1_699_000_100),
    ];
    await world.clock.pass(4_000);
    const misplaced = { ok: false, reason: 'wrong-partition', detail: '' } as const;
    await fold([...items, { ...broken('browses', 128), key: new Uint8Array([65]), decoded: misplaced }]);
    await world.clock.pass(250);
    await commit();
    expect(world.facts('batch-committed')).toEqual([
      {
        events: new Map([
          ['order', 2],
          ['tick', 1],
        ]),
        ...{ partition: 2, updates: 2, tooLate: 0, coalesced: 0, replayed: 0, sweepFailures: 0, seconds: 0.25 },
        deadLetters: new Map([
          ['duplicate', 1],
          ['undecodable', 1],
          ['wrong-partition', 1],
        ]),
        misplaced: new Map([['browses', 1]]),
        cleaned: new Map([['missing-items', 1]]),
        endToEndSeconds: [4.25, 4.75, 4.25, 4.25],
      },
    ]);
    expect(world.notices).toEqual([expect.stringMatching(/^warn: topic browses: its producer does not partition by/)]);
  });

  test('counts no time below zero for a record from the future', async () => {
    const { world, fold, commit } = openEffects();
    await fold([{ ...broken('clicks', 0), timestampMs: START_MS + 10_000 }]);
    await commit();
    expect(world.facts('batch-committed')).toMatchObject([{ endToEndSeconds: [0] }]);
  });

  test('reports nothing about a batch that was fenced', async () => {
    const { world, fold, commit } = openEffects();
    world.store.commit = async () => 'fenced';
    await fold([orderItem(0, 'ann')]);
    expect(await commit()).toMatchObject({ outcome: 'fenced' });
    expect(world.observed).toEqual([]);
  });

  test('without an answer logs it, names the records, and stands still until one comes', async () => {
    const { world, fold, commit, effects } = openEffects();
    const { commit: answer } = world.store;
    world.store.commit = () => Promise.reject(away());
    await fold([orderItem(0, 'ann')]);
    const requested = { folded: [3, 9, 0, 0, 0, 0], records: [letter(0, 1), letter(1, 1)] };
    expect(await commit(requested)).toEqual({ type: 'commit-answered', attempt: 1, outcome: 'unknown' });
    const span = 'orders up to 2, clicks up to 8';
    expect(world.notices).toEqual([
      `warn: partition 2: the commit was not confirmed; sending it again (2 records, ${span}); trying again. no answer. ${RETRY}`,
    ]);
    world.store.commit = answer;
    await commit(requested);
    expect(effects.standstill.standing).toBeNull();
  });

  test('waits before it sends again, and no longer than the partition is owned', async () => {
    const { world, fold, commit, attempt, ending } = openEffects();
    await fold([orderItem(0, 'ann')]);
    expect(await isDone(commit({ resendAfterMs: 0 }))).toBe(true);
    const again = commit({ resendAfterMs: 1 });
    expect(await isDone(again)).toBe(false);
    await world.clock.pass(1);
    expect(await again).toMatchObject({ outcome: 'committed' });
    const last = commit({ resendAfterMs: 1_000 });
    attempt.now = 2;
    ending.abort();
    expect(await last).toBeNull();
    expect(world.commits).toHaveLength(2);
  });

  test('commits nothing without a batch', async () => {
    const { world, effects, fold, commit } = openEffects();
    expect(await commit()).toBeNull();
    await fold([orderItem(0, 'ann')]);
    effects.drop();
    expect(await commit()).toBeNull();
    expect(world.commits).toEqual([]);
  });

  test('restarts recreated topics before the first commit, from where the fold began', async () => {
    const { world, claim, fold, commit } = openEffects();
    world.claimant = { ...world.claimant, topicIds: ['new'] };
    world.claim = { ...world.claim, topicIds: ['old'] };
    await claim();
    await fold([orderItem(6, 'ann')], NO_QUEUE, byTopic({ orders: 6 }));
    let answers = 0;
    world.store.commit = async () => {
      world.calls.push(['commit']);
      if (++answers === 1) throw new Error('no answer');
      return 'committed';
    };
    await commit();
    await commit();
    await commit();
    const restart = { epoch: 7, follows: 'c0', topicIds: ['new'], folded: byTopic({ orders: 6 }) };
    const restarted = ['restart', 2, { ...restart, published: byTopic({ orders: 1 }) }];
    // Also before the commit is sent again: Redis may have forgotten the restart.
    expect(world.calls.slice(1)).toEqual([restarted, ['commit'], restarted, ['commit'], ['commit']]);
    world.claim = { ...world.claim, topicIds: ['new'] };
    await claim();
    await commit();
    expect(world.callsOf('restart')).toHaveLength(2);
  });
});

/** A dead letter of an order, with so many bytes. */
function letter(offset: number, bytes: number, key: string | null = null): OutboxRecord {
  return {
    kind: 'dead-letter',
    key: key === null ? null : new TextEncoder().encode(key),
    value: new Uint8Array(bytes),
    timestampMs: 1,
    covers: byTopic({ orders: offset }, -1),
  };
}

describe('publishing', () => {
  const answers = (outcome: PublishOutcome) => ({ type: 'publish-answered', attempt: 1, outcome });

  test('hands records and offsets over, and reports how many and how long', async () => {
    const { world, own, publish } = openEffects();
    await own();
    world.publisher.publish = async (...call) => {
      await world.clock.sleep(300);
      world.calls.push(call);
      return 'published';
    };
    const records = [letter(0, 1), letter(1, 1)];
    await world.clock.pass(1_000);
    const answer = publish(records);
    await world.clock.pass(300);
    expect(await answer).toEqual(answers('published'));
    expect(world.calls).toEqual([[records, byTopic({ orders: 3 })]]);
    expect(world.facts('published')).toEqual([{ partition: 2, records: 2, seconds: expect.closeTo(0.3) }]);
  });

  test('publishes nothing without a publisher, or for an older attempt', async () => {
    const { world, own, publish, attempt, effects } = openEffects();
    expect(await publish([])).toEqual(answers('unknown'));
    await own();
    attempt.now = 2;
    expect(await publish([])).toEqual(answers('unknown'));
    attempt.now = 1;
    effects.drop();
    expect(await publish([])).toEqual(answers('unknown'));
    expect(world.calls).toEqual([['close publisher']]);
    expect(world.notices).toEqual([]);
  });

  test.each([
    [
      [letter(1, 20), letter(2, 30, 'ann'), letter(0, 32)],
      '3 records; the largest is the dead-letter of orders 2, key ann: 33 bytes',
    ],
    [
      [letter(0, 7, 'k'.repeat(150))],
      `1 records; the largest is the dead-letter of orders 0, key ${'k'.repeat(100)}: 157 bytes`,
    ],
    [
      [{ ...letter(0, 5), covers: [3, -1, 0, -1, -1, -1] }],
      '1 records; the largest is the dead-letter of orders 3, browses 0: 5 bytes',
    ],
    [[], 'offsets only'],
  ])('without confirmation names the largest record', async (records, subject) => {
    const { world, own, publish, effects } = openEffects();
    await own();
    Object.assign(world.publisher, { publish: async () => 'unknown', lastError: () => away('cut off') });
    expect(await publish(records)).toEqual(answers('unknown'));
    const what = 'publishing was not confirmed; the log is read, and missing records are published';
    expect(world.notices).toEqual([`warn: partition 2: ${what} (${subject}); trying again. cut off. ${RETRY}`]);
    expect(world.facts('published')).toEqual([]);
    world.publisher.publish = async () => 'fenced';
    expect(await publish(records)).toEqual(answers('fenced'));
    expect(world.facts('published')).toEqual([]);
    expect(effects.standstill.standing).toBeNull();
  });

  test('without confirmation and without an error is logged as such', async () => {
    const { world, own, publish } = openEffects();
    await own();
    world.publisher.publish = async () => 'unknown';
    await publish([]);
    expect(world.notices).toEqual([expect.stringContaining('(offsets only); trying again. null. ')]);
  });
});

describe('emission latest', () => {
  /** Two updates of one customer, as the fold writes them. */
  async function updates(): Promise<readonly OutboxRecord[]> {
    const { fold } = openEffects();
    const folded = await fold([orderItem(1, 'ann'), orderItem(2, 'ann')]);
    return folded?.type === 'folded' ? folded.records : [];
  }

  test('publishes one update for a customer, that of the last event; every publishes all', async () => {
    const records = await updates();
    const { world, own, publish } = openEffects({ emission: 'latest' });
    await own();
    await publish(records);
    const decoded = new UpdateCodec().decode(world.published[0]![0]!.value);
    expect(world.published.map(({ length }) => length)).toEqual([1]);
    expect(decoded).toMatchObject({ ok: true, value: { sequence: 2 } });
    expect(world.facts('published')).toMatchObject([{ partition: 2, records: 1, seconds: 0 }]);
    const other = openEffects();
    await other.own();
    await other.publish(records);
    expect(other.world.published.map(({ length }) => length)).toEqual([2]);
  });

  test('keeps the window between publications with records, from when the last one began', async () => {
    const { world, own, publish } = openEffects({ emission: 'latest', emissionWindowMs: 1_000 });
    await own();
    await world.clock.pass(10_000);
    expect(await isDone(publish([letter(0, 1)]))).toBe(true);
    await world.clock.pass(400);
    expect(await isDone(publish([]))).toBe(true);
    await world.clock.pass(400);
    void publish([letter(1, 1)]);
    // Offsets alone are a publication too, but wait for nothing.
    expect(world.clock.waitsMs).toEqual([600]);
    await world.clock.pass(599);
    expect(world.published).toHaveLength(2);
    await world.clock.pass(1);
    expect(world.published).toHaveLength(3);
    await world.clock.pass(1_000);
    expect(await isDone(publish([letter(2, 1)]))).toBe(true);
    await world.clock.pass(999.5);
    expect(await isDone(publish([letter(3, 1)]))).toBe(false);
  });

  test('every keeps none', async () => {
    const { world, own, publish } = openEffects();
    await own();
    await publish([letter(0, 1)]);
    await publish([letter(1, 1)]);
    expect(world.published).toHaveLength(2);
  });

  test('a hurry ends the wait under way, and only that; the end of the partition ends any', async () => {
    const { world, own, publish, effects, ending } = openEffects({ emission: 'latest' });
    await own();
    await publish([letter(0, 1)]);
    const hurried = publish([letter(1, 1)]);
    expect(await isDone(hurried)).toBe(false);
    effects.hurry();
    expect(await isDone(hurried)).toBe(true);
    const next = publish([letter(2, 1)]);
    expect(await isDone(next)).toBe(false);
    ending.abort();
    expect(await isDone(next)).toBe(true);
    expect(world.published).toHaveLength(3);
  });
});

describe('what follows a publication', () => {
  test('a lost trim is nothing', async () => {
    const { world, effects } = openEffects();
    expect(await effects.trim({ type: 'trim', commitId: 'c1', published: byTopic() })).toBeNull();
    expect(world.calls).toEqual([['trim', 2, 'c1', byTopic()]]);
    world.store.trim = () => Promise.reject(away());
    expect(await effects.trim({ type: 'trim', commitId: 'c1', published: byTopic() })).toBeNull();
    expect(world.observed).toEqual([]);
  });

  test('asks for the commit chain, and takes no answer for nothing', async () => {
    const { world, effects } = openEffects();
    world.store.newestCommitId = async (partition) => `of ${partition}`;
    const ask = () => effects.checkCommitChain({ type: 'check-commit-chain', attempt: 4 });
    expect(await ask()).toEqual({ type: 'commit-chain-answered', attempt: 4, commitId: 'of 2' });
    world.store.newestCommitId = () => Promise.reject(away());
    expect(await ask()).toBeNull();
  });

  test('drops a publisher once, however its end goes', async () => {
    const { world, own, effects } = openEffects();
    await own();
    let closed = 0;
    world.publisher.close = async () => {
      closed += 1;
      throw away();
    };
    effects.drop();
    effects.drop();
    expect(closed).toBe(1);
  });
});
