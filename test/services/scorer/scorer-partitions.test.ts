import { TICK } from '../../../src/serde/contracts';
import { encodeFramed } from '../../support/encode-framed';
import { byTopic } from '../../support/events';
import { away, holdCommits, isDone, SETTINGS, START_MS, settled } from '../../support/scorer-world';
import { anOrder, lettersOf, record, startedScorer, updatesOf } from '../../support/started-scorer';

const GARBAGE = new Uint8Array([9, 9, 9]);

describe('partitions of a scorer', () => {
  test('run once they are assigned, and are reported', async () => {
    const { world, assign } = await startedScorer();
    await assign(0, 2);
    expect(world.facts('partition-assigned')).toEqual([{ partition: 0 }, { partition: 2 }]);
    expect(world.callsOf('position')).toEqual([
      [0, byTopic()],
      [2, byTopic()],
    ]);
  });

  test('are gone when they are let go, at the deadline at the latest', async () => {
    const { world, service, log, assign, order } = await startedScorer();
    world.store.commit = () => Promise.reject(away());
    await assign(0, 1);
    await order(1, 0);
    expect(await isDone(log.revoked(0))).toBe(true);
    expect(world.facts('partition-revoked')).toEqual([{ partition: 0 }]);
    const revoked = log.revoked(1);
    await world.clock.pass(4_999);
    expect(await isDone(revoked)).toBe(false);
    expect(service.readiness().ready).toBe(false);
    await world.clock.pass(1);
    expect(await isDone(revoked)).toBe(true);
    expect(world.facts('partition-revoked')).toEqual([{ partition: 0 }, { partition: 1 }]);
    expect(service.readiness().ready).toBe(true);
  });

  test('that are not owned take nothing and are nothing to let go', async () => {
    const { world, log, order } = await startedScorer();
    await order(1, 0);
    await log.revoked(1);
    log.confirmed(1);
    log.outOfRange(1, 0, 5, { start: 9, end: 20 });
    expect(world.observed).toEqual([{ kind: 'dependency', name: 'embedded', up: true, reason: 'joined' }]);
  });

  test('lag by what waits and what is not fetched yet, over all of them', async () => {
    const { world, service, log, assign } = await startedScorer();
    holdCommits(world);
    await assign(0, 1);
    expect(service.lagRecords()).toBe(0);
    log.records(0, 0, [], 3, 10);
    log.records(1, 1, [], 0, 5);
    expect(service.lagRecords()).toBe(12);
  });

  test('hear of the gap in their log and of the confirmation by the group', async () => {
    const { world, log, assign } = await startedScorer();
    await assign(0, 1);
    log.outOfRange(1, 0, 5, { start: 9, end: 20 });
    await settled();
    expect(world.callsOf('claim')).toEqual([[0], [1], [1]]);
    world.publisher.publish = async () => 'fenced';
    log.records(1, 0, [record(0, anOrder(0))], 1, 1);
    await settled();
    expect(world.facts('fenced')).toEqual([{ partition: 1, by: 'log' }]);
    log.confirmed(0);
    await world.clock.pass(60_000);
    expect(world.callsOf('claim')).toHaveLength(3);
    log.confirmed(1);
    await world.clock.pass(60_000);
    expect(world.callsOf('claim')).toHaveLength(4);
  });

  test('share the line about the format level', async () => {
    const { world, assign } = await startedScorer({}, (prepared) => {
      prepared.claim = { ...prepared.claim, format: 1 };
    });
    await assign(0, 1);
    expect(world.notices).toEqual([expect.stringMatching(/^warn: partition 0 and perhaps others store state/)]);
  });

  test('share the line about a producer that partitions otherwise', async () => {
    const { world, assign, order } = await startedScorer({}, ({ placement }) => {
      placement.hash = 'murmur2';
    });
    // Customer ann belongs in partition 1 of 3 by murmur2, or elsewhere: two of the three are wrong.
    await assign(0, 1, 2);
    for (const partition of [0, 1, 2]) await order(partition, 0);
    expect(lettersOf(world).map(({ reason }) => reason)).toEqual(['wrong-partition', 'wrong-partition']);
    expect(world.notices).toHaveLength(1);
  });

  test('share the bound of bytes that wait', async () => {
    const { world, log, assign } = await startedScorer({ maxQueuedBytesTotal: 1_000 });
    holdCommits(world);
    await assign(0, 1);
    const arrive = (partition: number, offset: number) =>
      log.records(partition, 1, [record(offset, new Uint8Array(600))], offset + 1, offset + 1);
    arrive(0, 0);
    arrive(1, 0);
    await settled();
    arrive(0, 1);
    expect(world.callsOf('pause')).toEqual([]);
    arrive(1, 1);
    expect(world.callsOf('pause')).toEqual([[1, 1]]);
  });
});

describe('records', () => {
  test('of events become updates, of nothing readable dead letters', async () => {
    const { world, log, assign } = await startedScorer();
    await assign(1);
    log.records(1, 0, [record(4, anOrder(4)), record(5, GARBAGE)], 6, 6);
    await settled();
    expect(updatesOf(world)).toMatchObject([{ customerId: 'ann', source: { topic: 0, partition: 1, offset: 4 } }]);
    const same = { topic: 'orders', partition: 1, timestampMs: START_MS, key: null };
    expect(lettersOf(world)).toMatchObject([{ ...same, reason: 'undecodable', offset: 5 }]);
    expect(world.commits.at(-1)).toMatchObject({ folded: byTopic({ orders: 6 }) });
  });

  test('of ticks re-score quiet customers; a broken tick is a dead letter', async () => {
    const { world, log, assign, order } = await startedScorer({ quietAfterS: 0, quietChange: -1 });
    world.store.customersOfShard = async () => ['ann'];
    await assign(1);
    await order(1, 0);
    const tick = encodeFramed(TICK, { asOf: START_MS + 5_000, shard: 0, shards: 1 });
    log.records(1, 3, [record(0, tick), record(1, GARBAGE)], 2, 2);
    await settled();
    expect(updatesOf(world).map(({ trigger, asOfS }) => [trigger, asOfS])).toEqual([
      ['event', START_MS / 1000 - 1],
      ['clock', START_MS / 1000],
    ]);
    expect(lettersOf(world)).toMatchObject([{ topic: 'ticks', offset: 1 }]);
  });

  test('that could not be read at all become one dead letter for their batch', async () => {
    const { world, log, assign } = await startedScorer();
    await assign(1);
    const unreadable = { detail: 'the checksum differs', lastOffset: 9, bytes: 700, sha256: 'ab' };
    log.records(1, 1, [{ ...record(4, null), unreadable }], 10, 10);
    await settled();
    expect(lettersOf(world)).toMatchObject([
      {
        ...{ reason: 'batch-unreadable', topic: 'clicks', offset: 4, lastOffset: 9 },
        ...{ originalBytes: 700, originalSha256: 'ab' },
        detail:
          'Offsets 4 to 9 could not be read: the checksum differs. Mend the producer, then send these records again from their source.',
      },
    ]);
    expect(world.commits).toMatchObject([{ folded: byTopic({ clicks: 10 }) }]);
  });

  test('with a time that no encoder writes are refused at the nearest bound', async () => {
    const { world, log, assign } = await startedScorer();
    await assign(1);
    const times = [Number.NaN, -5, 1e20];
    const records = times.map((timestampMs, offset) => ({ ...record(offset, anOrder(offset)), timestampMs }));
    log.records(1, 0, records, 3, 3);
    await settled();
    expect(lettersOf(world).map(({ timestampMs }) => timestampMs)).toEqual([0, -1, 4_102_444_800_000]);
  });
});

describe('time', () => {
  test('ends the wait for an empty topic', async () => {
    const { world, log, assign } = await startedScorer({ maxIdleMs: 30 });
    await assign(1);
    log.records(1, 0, [record(0, anOrder(0))], 1, 1);
    await world.clock.pass(20);
    expect(world.commits).toHaveLength(0);
    await world.clock.pass(20);
    expect(world.commits).toHaveLength(1);
  });
});

describe('the stop', () => {
  test('leaves the group first, then ends the watch and the ticks, and waits for both', async () => {
    let leave = () => {};
    let endWatch = () => {};
    const { world, service } = await startedScorer({}, ({ source, registry }) => {
      source.stop = () =>
        new Promise((resolve) => {
          leave = resolve;
        });
      registry.watchCurrent = (_, signal) =>
        new Promise((resolve) => {
          endWatch = () => {
            if (signal.aborted) resolve();
          };
        });
    });
    const stopped = service.stop();
    expect(await isDone(stopped)).toBe(false);
    expect(world.clock.waitsMs).toEqual([SETTINGS.tickMs]);
    leave();
    expect(await isDone(stopped)).toBe(false);
    expect(world.clock.waitsMs).toEqual([]);
    endWatch();
    expect(await isDone(stopped)).toBe(true);
    expect(world.notices).toEqual([]);
  });
});
