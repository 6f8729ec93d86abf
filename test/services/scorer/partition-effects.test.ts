import { PartitionEffects } from '../../../src/services/scorer/partition-effects';
import { byTopic } from '../../support/events';
import { away, broken, isDone, NO_QUEUE, openEffects, orderItem, SETTINGS, tickItem } from '../../support/scorer-world';

const RETRY = 'The partition goes on by itself when the cause is gone.';

describe('owning the output', () => {
  test('answers with the offsets, marks and tail of the publisher', async () => {
    const { world, own } = openEffects();
    const owned = {
      emitted: byTopic({ orders: 4 }),
      unmarked: [1],
      withRecords: [],
      tail: { emitted: byTopic(), exact: true },
    };
    Object.assign(world.publisher, owned);
    expect(await own()).toEqual({ type: 'owned', attempt: 1, ...owned });
  });

  test('closes a publisher that comes too late', async () => {
    const { world, own, attempt } = openEffects();
    attempt.now = 2;
    expect(await own()).toEqual({ type: 'ownership-failed', attempt: 1 });
    expect(world.calls).toEqual([['close publisher']]);
  });

  test('logs what failed, and stands still until it passes', async () => {
    const { world, own, effects } = openEffects();
    const { own: answer } = world.ownership;
    world.ownership.own = () => Promise.reject(away());
    expect(await own()).toEqual({ type: 'ownership-failed', attempt: 1 });
    expect(world.notices).toEqual([
      `warn: partition 2: could not take ownership of its output; trying again. no answer. ${RETRY}`,
    ]);
    expect(effects.standstill.standing).not.toBeNull();
    world.ownership.own = answer;
    await own();
    expect(effects.standstill.standing).toBeNull();
  });

  test("reads the group's offsets again, after a while", async () => {
    const { world, own, effects } = openEffects();
    await own();
    world.publisher.readEmitted = async () => ({
      emitted: byTopic({ clicks: 3 }),
      unmarked: [1],
      withRecords: [],
      tail: null,
    });
    const read = effects.readEmitted({ type: 'read-emitted', attempt: 1, afterMs: 50 });
    expect(await isDone(read)).toBe(false);
    await world.clock.pass(50);
    const answer = {
      type: 'emitted-read',
      attempt: 1,
      emitted: byTopic({ clicks: 3 }),
      unmarked: [1],
      withRecords: [],
      tail: null,
    };
    expect(await read).toEqual(answer);
  });

  test('does not read them without a publisher, or for an older attempt', async () => {
    const { world, own, effects, attempt } = openEffects();
    const read = async () => {
      const answer = effects.readEmitted({ type: 'read-emitted', attempt: 1, afterMs: 0 });
      await world.clock.pass(0);
      return (await answer).type;
    };
    expect(await read()).toBe('ownership-failed');
    await own();
    expect(await read()).toBe('emitted-read');
    attempt.now = 2;
    expect(await read()).toBe('ownership-failed');
    expect(world.notices).toEqual([]);
  });

  test('starts over if they cannot be read, and stands still until they can', async () => {
    const { world, own, effects } = openEffects();
    await own();
    const { readEmitted } = world.publisher;
    const read = async () => {
      const answer = effects.readEmitted({ type: 'read-emitted', attempt: 1, afterMs: 0 });
      await world.clock.pass(0);
      return answer;
    };
    world.publisher.readEmitted = () => Promise.reject(away());
    expect(await read()).toEqual({ type: 'ownership-failed', attempt: 1 });
    expect(world.notices).toEqual([
      `warn: partition 2: could not read the group's offsets again; trying again. no answer. ${RETRY}`,
    ]);
    world.publisher.readEmitted = readEmitted;
    await read();
    expect(effects.standstill.standing).toBeNull();
  });
});

describe('claiming the state', () => {
  const meta = { commitIds: ['a', 'b'], commits: 2, folded: byTopic({ orders: 9 }), published: byTopic() };

  test('looks again at a log that ends below what is folded, three times at most', async () => {
    const { world, claim } = openEffects();
    world.claim = { ...world.claim, meta };
    const cut = { start: 0, end: 5 };
    world.bounds[0] = cut;
    const healed = claim();
    await world.clock.pass(200);
    expect(await isDone(healed)).toBe(false);
    world.bounds[0] = { start: 0, end: 12 };
    await world.clock.pass(400);
    expect(await healed).toMatchObject({ claim: { logEnd: [12, 100, 100, 100, 100, 100] } });

    world.bounds[0] = cut;
    const found = claim();
    for (const waitMs of [200, 400, 800]) {
      expect(await isDone(found)).toBe(false);
      await world.clock.pass(waitMs);
    }
    expect(await found).toMatchObject({ claim: { logEnd: [5, 100, 100, 100, 100, 100] } });
  });

  test('answers with the claim and what the log holds', async () => {
    const { world, claim } = openEffects();
    world.bounds = byTopic({ clicks: 7 }).map((start) => ({ start, end: start + 5 }));
    expect(await claim()).toEqual({
      ...{ type: 'claimed', attempt: 1, logStart: [0, 7, 0, 0, 0, 0] },
      claim: { ...world.claim, recreated: [], logEnd: [5, 12, 5, 5, 5, 5] },
    });
    expect(world.observed).toEqual([]);
  });

  test('names topics that were created again: both ids exist and differ', async () => {
    const { world, claim } = openEffects();
    world.claimant = { ...world.claimant, topicIds: ['x', 'new', 'z', null, 'v', 'w'] };
    world.claim = { ...world.claim, meta, topicIds: ['x', 'y', null, 'q', 'u'] };
    expect(await claim()).toMatchObject({ claim: { recreated: [1, 4] } });
  });

  test("reports the partition's format level", async () => {
    const { world, claim } = openEffects();
    world.claim = { ...world.claim, format: 1 };
    await claim();
    expect(world.notices).toEqual([
      expect.stringMatching(/^warn: partition 2 .* format level 1 of 3, without a checksum and without value tiers/),
    ]);
  });

  test('refuses the state of another deployment, with both by name', async () => {
    const { world, claim, effects } = openEffects();
    world.claim = { ...world.claim, foreign: 'CLV_APP other' };
    expect(await claim()).toEqual({ type: 'claim-refused', attempt: 1 });
    expect(world.facts('loss-found')).toEqual([{ partition: 2, reason: 'foreign-state', records: 0 }]);
    expect(world.notices).toHaveLength(1);
    expect(world.notices[0]).toContain('error: partition 2: its state belongs to another deployment');
    expect(world.notices[0]).toContain(
      'Owner: CLV_APP other. This one: CLV_APP shop on Kafka cluster k1, topics in of 3 partitions to u and d.',
    );
    expect(effects.standstill.standing).toBeNull();
  });

  test('refuses a state that was folded with another number of partitions', async () => {
    const { world, claim } = openEffects();
    world.claim = { ...world.claim, foldedWith: 2 };
    world.store.owner = async () => ({ ...world.claimant.identity, partitions: 2 });
    expect(await claim()).toEqual({ type: 'claim-refused', attempt: 1 });
    expect(world.facts('loss-found')).toEqual([{ partition: 2, reason: 'partitions-changed', records: 0 }]);
    expect(world.notices).toEqual([
      expect.stringMatching(/^error: partition 2: the state was folded with 2 partitions, and the topics have 3: /),
    ]);
  });

  test('compares the number with the owner of partition 0 only if there is no state here', async () => {
    const { world, claim } = openEffects();
    const owners: number[] = [];
    world.store.owner = async (partition) => {
      owners.push(partition);
      return { ...world.claimant.identity, partitions: 2 };
    };
    expect((await claim()).type).toBe('claim-refused');
    expect(owners).toEqual([0]);
    world.claim = { ...world.claim, meta };
    expect((await claim()).type).toBe('claimed');
    world.claim = { ...world.claim, meta: null };
    const ofZero = new PartitionEffects(0, world.runnerPorts, SETTINGS, new AbortController().signal, () => 1);
    expect((await ofZero.claim({ type: 'claim', attempt: 1 })).type).toBe('claimed');
    expect(owners).toEqual([0]);
  });

  test('logs what failed, and stands still until it passes', async () => {
    const { world, claim, effects } = openEffects();
    const { claim: answer } = world.store;
    world.store.claim = () => Promise.reject('a text');
    expect(await claim()).toEqual({ type: 'ownership-failed', attempt: 1 });
    expect(world.notices[0]).toMatch(/^error: partition 2: could not claim its state; trying again\. a text\. This is/);
    world.store.claim = answer;
    await claim();
    expect(effects.standstill.standing).toBeNull();
  });
});

describe('folding a micro-batch', () => {
  test('answers with what it made, from which commit, and whether more waits', async () => {
    const { world, fold } = openEffects();
    await world.store.claim(2);
    const folded = await fold([orderItem(0, 'ann'), broken('clicks', 4)], { ...NO_QUEUE, hasMore: () => true });
    expect(folded).toMatchObject({ type: 'folded', attempt: 1, commitId: 'c1', loadedAt: '', more: true });
    expect(folded).toMatchObject({ folded: byTopic({ orders: 1, clicks: 5 }) });
    expect(folded).toMatchObject({ records: [{ kind: 'update' }, { kind: 'dead-letter' }] });
  });

  test('loads nothing for records without customers, and then names no commit', async () => {
    const { world, fold } = openEffects();
    world.store.load = () => Promise.reject(away());
    const folded = await fold([broken('orders', 0)]);
    expect(folded).toMatchObject({ type: 'folded', more: false });
    expect(folded).not.toHaveProperty('loadedAt');
  });

  test('puts back what did not fit', async () => {
    const { fold } = openEffects({ maxBatchBytes: 1 });
    const back: unknown[] = [];
    await fold([broken('orders', 0), broken('orders', 1)], { ...NO_QUEUE, putBack: (rest) => void back.push(...rest) });
    expect(back).toEqual([broken('orders', 1)]);
  });

  test.each([
    [0, 32, [0, 32]],
    [1, 32, [1, 33]],
    [3, 50, [3, 53]],
    [70, 80, []],
  ])('a tick of shard %d of %d loads the customers of shards %j', async (shard, shards, expected) => {
    const { world, fold } = openEffects();
    const requested: number[] = [];
    const loaded: (readonly string[])[] = [];
    world.store.customersOfShard = async (_, each) => {
      requested.push(each);
      return [`of ${each}`, 'ann'];
    };
    const { load } = world.store;
    world.store.load = (partition, ids) => {
      loaded.push(ids);
      return load(partition, ids);
    };
    await fold([orderItem(0, 'ann'), broken('orders', 1), tickItem(0, 1_700_000_000, shard, shards)]);
    expect(requested).toEqual(expected);
    expect(loaded).toEqual([['ann', ...expected.map((each) => `of ${each}`)]]);
  });

  test('folds on from the stored state, and sets a vanished one aside', async () => {
    const { world, fold, commit } = openEffects();
    await fold([orderItem(0, 'ann')]);
    await commit();
    world.vanished = ['bob'];
    await fold([orderItem(1, 'ann'), orderItem(2, 'bob'), orderItem(3, 'cid')], NO_QUEUE, byTopic({ orders: 1 }));
    await commit();
    const { states } = world.commits[1]!;
    expect(states.map(({ customerId, isNew }) => [customerId, isNew])).toEqual([
      ['ann', false],
      ['cid', true],
    ]);
    expect(world.facts('customers-set-aside')).toEqual([{ partition: 2, customers: 1 }]);
  });

  test('forgets a batch of an older attempt', async () => {
    const { world, fold, commit, attempt } = openEffects();
    attempt.now = 2;
    expect(await fold([orderItem(0, 'ann')])).toBeNull();
    attempt.now = 1;
    expect(await commit()).toBeNull();
    expect(world.commits).toEqual([]);
  });

  test('names the records if it fails, and stands still until it passes', async () => {
    const { world, fold, effects } = openEffects();
    const { load } = world.store;
    world.store.load = () => Promise.reject(away());
    const items = [orderItem(5, 'ann'), broken('clicks', 1), orderItem(6, 'ann')];
    expect(await fold(items)).toEqual({ type: 'ownership-failed', attempt: 1 });
    expect(world.notices).toEqual([
      `warn: partition 2: could not load and fold its next records (orders 5–6, clicks 1–1); trying again. no answer. ${RETRY}`,
    ]);
    world.store.load = load;
    await fold(items);
    expect(effects.standstill.standing).toBeNull();
  });
});
