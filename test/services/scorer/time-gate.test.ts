import { type OffsetVector, SECONDS_PER_DAY } from '../../../src/domain/event';
import { CLICK, ORDER } from '../../../src/serde/contracts';
import { NEWEST_FORMAT } from '../../../src/serde/format-level';
import { decodeState, encodeState } from '../../../src/serde/state-blob';
import { encodeFramed } from '../../support/encode-framed';
import { byTopic } from '../../support/events';
import { away, type ScorerWorld, START_MS, settled } from '../../support/scorer-world';
import { type Seeded, seeded, testSeed } from '../../support/seeded';
import { anOrder, lettersOf, record, startedScorer, updatesOf } from '../../support/started-scorer';

const HOUR = 3_600_000;
const DAY = SECONDS_PER_DAY * 1000;
const TEN_YEARS = 3_652 * DAY;
const seed = testSeed();
/** Small, so that there are many commits to roll back to. */
const BATCHES = { maxBatch: 5 };

const stamped = (offset: number, timestampMs: number) => ({ ...record(offset, anOrder(offset)), timestampMs });

describe('a record whose timestamp is in the future', () => {
  test('is a dead letter with its own timestamp; the records after it go on', async () => {
    const { world, log, assign } = await startedScorer();
    await assign(1);
    const future = START_MS + 4_000 * DAY;
    log.records(1, 0, [stamped(0, future), stamped(1, START_MS)], 2, 2);
    await settled();
    expect(lettersOf(world)).toMatchObject([{ reason: 'timestamp-ahead', offset: 0, timestampMs: future }]);
    expect(updatesOf(world)).toMatchObject([{ source: { offset: 1 } }]);
  });

  test('is accepted up to an hour, so that clocks may differ, and up to the tolerance', async () => {
    const { world, log, assign } = await startedScorer({ maxFutureMs: 2 * HOUR });
    await assign(1);
    log.records(1, 0, [stamped(0, START_MS + 2 * HOUR), stamped(1, START_MS + 2 * HOUR + 1)], 2, 2);
    await settled();
    expect(updatesOf(world)).toMatchObject([{ source: { offset: 0 } }]);
    expect(lettersOf(world)).toMatchObject([{ reason: 'timestamp-ahead', offset: 1 }]);
  });

  test('is none if only the local clock was set back', async () => {
    const { world, log, assign } = await startedScorer();
    await assign(1);
    await world.clock.pass(HOUR);
    const { clock } = world;
    clock.nowMs = () => START_MS - 30 * DAY;
    log.records(1, 0, [stamped(0, START_MS + HOUR)], 1, 1);
    await settled();
    expect(updatesOf(world)).toHaveLength(1);
    expect(lettersOf(world)).toEqual([]);
  });

  test('of which nothing can be read keeps the reason that its bytes give', async () => {
    const { world, log, assign } = await startedScorer();
    await assign(1);
    log.records(1, 0, [{ ...record(0, new Uint8Array([9])), timestampMs: START_MS + 10 * DAY }], 1, 1);
    await settled();
    expect(lettersOf(world)).toMatchObject([{ reason: 'undecodable' }]);
  });

  test('while the dead letters can not be read, nothing is folded, and the line says why', async () => {
    const { world, log, assign } = await startedScorer({}, (prepared) => {
      rollBack(prepared, { folded: byTopic(), emitted: byTopic({ orders: 1 }) });
    });
    world.timeRefusals = () => Promise.reject(away());
    await assign(1);
    log.records(1, 0, [stamped(0, START_MS)], 1, 1);
    await settled();
    expect(world.commits).toEqual([]);
    expect(world.notices.join('\n')).toMatch(/partition 1: could not read its dead letters/);
  });
});

/** Sets the world back: the store holds an older commit, and the log says that more is published. */
function rollBack(world: ScorerWorld, { folded, emitted }: Record<'folded' | 'emitted', OffsetVector>): void {
  const meta = { commitIds: ['old'], commits: 1, folded, published: emitted };
  world.claim = { epoch: 8, format: NEWEST_FORMAT, meta, outbox: [] };
  world.publisher = { ...world.publisher, emitted };
}

interface Arrival {
  readonly topic: number;
  readonly record: ReturnType<typeof record>;
}

/** Orders and clicks whose records and events are dated before, at and far after the clock. */
function hostileStream(random: Seeded, count: number): Arrival[] {
  const next = byTopic();
  return Array.from({ length: count }, (_, i) => {
    const topic = random.below(2);
    const skews = [0, 0, 0, -30 * DAY, HOUR / 2, HOUR + 1, 3 * DAY, 900 * DAY, TEN_YEARS - DAY, TEN_YEARS + 90 * DAY];
    const timestampMs = START_MS + i * 60_000 + random.pick(skews);
    const eventTime = timestampMs + random.pick([-DAY, -1_000, 0, 20_000, 59_999, 70_000]);
    const common = { customerId: random.pick(['ann', 'bob', 'cleo']), eventTime, eventId: `e${i}` };
    const value =
      topic === 0
        ? encodeFramed(ORDER, {
            ...common,
            status: 'placed',
            orderId: `o${i}`,
            amountMinor: 900,
            currency: 'EUR',
            items: 1,
          })
        : encodeFramed(CLICK, { ...common, target: null });
    return { topic, record: { ...record(next[topic]!++, value), timestampMs } };
  });
}

/** Delivers what comes after the folded offsets, so that the topics are merged by event time: in a first fold as in one that catches up. */
async function deliver(
  log: Awaited<ReturnType<typeof startedScorer>>['log'],
  stream: readonly Arrival[],
  from: OffsetVector,
): Promise<void> {
  for (const topic of [0, 1]) {
    const records = stream.filter((arrival) => arrival.topic === topic).map((arrival) => arrival.record);
    const left = records.filter(({ offset }) => offset >= from[topic]!);
    log.records(1, topic, left, records.length, records.length);
  }
  await settled();
}

/** The states without the mark of a refold, which is no part of the fold. */
function statesOf({ states }: ScorerWorld): Map<string, string> {
  return new Map(
    [...states].sort().map(([id, blob]) => {
      const state = decodeState(blob);
      if (state.published !== null) state.published.refolded = false;
      return [id, Buffer.from(encodeState(state)).toString('hex')];
    }),
  );
}

test(`law: fold, move the clock by ten years, refold: byte-equal (CLV_TEST_SEED=${seed})`, async () => {
  const random = seeded(seed);
  let refused = 0;
  for (let round = 0; round < 6; round++) {
    const stream = hostileStream(random, 60);
    const first = await startedScorer(BATCHES);
    await first.assign(1);
    await deliver(first.log, stream, byTopic());
    const [letters, emitted] = [lettersOf(first.world), first.world.commits.at(-1)!.folded];
    refused += letters.filter(({ reason }) => reason === 'timestamp-ahead').length;
    // Redis comes back with the state of an earlier commit, or of none.
    const kept = random.below(first.world.commits.length);
    const { folded } = first.world.commits[kept]!;
    for (const passedMs of [0, TEN_YEARS, 2 * TEN_YEARS]) {
      const again = await startedScorer(BATCHES, (world) => {
        rollBack(world, { folded, emitted });
        for (const { states } of first.world.commits.slice(0, kept + 1))
          for (const { customerId, state } of states) world.states.set(customerId, state);
      });
      again.world.timeRefusals = first.world.timeRefusals;
      await again.world.clock.pass(passedMs);
      await again.assign(1);
      await deliver(again.log, stream, folded);
      expect(again.world.commits.at(-1)?.folded ?? folded).toEqual(emitted);
      expect(statesOf(again.world)).toEqual(statesOf(first.world));
      // Everything was published before.
      expect(lettersOf(again.world)).toEqual([]);
      expect(updatesOf(again.world)).toEqual([]);
    }
  }
  expect(refused).toBeGreaterThan(20);
});
