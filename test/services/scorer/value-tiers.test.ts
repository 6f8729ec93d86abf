import { Scorer } from '../../../src/domain/scoring/scorer';
import { modelCuts, type TierCuts, tierAfter } from '../../../src/domain/scoring/tier-cuts';
import type { ClvUpdate } from '../../../src/domain/update';
import { DeadLetterCodec } from '../../../src/serde/dead-letter-codec';
import { CHECKED_FORMAT, TIERED_FORMAT } from '../../../src/serde/format-level';
import { decodeState } from '../../../src/serde/state-blob';
import { UpdateCodec } from '../../../src/serde/update-codec';
import type { Emission } from '../../../src/services/scorer/emission';
import { foldBatch } from '../../../src/services/scorer/fold-batch';
import type { InputItem } from '../../../src/services/scorer/input-queue';
import { anEvent, byTopic } from '../../support/events';
import { randomModel } from '../../support/models';
import { type Seeded, seeded, testSeed } from '../../support/seeded';
import { startedScorer, updatesOf } from '../../support/started-scorer';

const seed = testSeed();
const START_S = 1_700_000_000;
const DAY_S = 86_400;
const updates = new UpdateCodec();
const scorer = new Scorer(randomModel(3), 100);

function contextOf(tierCuts: TierCuts | null, emission: Emission = 'every') {
  return {
    partition: 0,
    scorer,
    tierCuts,
    format: tierCuts === null ? CHECKED_FORMAT : TIERED_FORMAT,
    updates,
    deadLetters: new DeadLetterCodec(),
    settings: {
      ...{ money: { currency: 'EUR', minorPerMajor: 100 }, topics: ['orders', 'clicks', 'browses', 'ticks'] },
      ...{ quietAfterS: DAY_S, quietChange: 0.5, emission, maxBatchBytes: 1e9 },
    },
    folded: byTopic(),
    emitted: byTopic(),
  };
}

function order(offset: number, customerId: string, amountMinor = 5_000): InputItem {
  const event = anEvent({ eventId: `e${offset}`, timeS: START_S + 3600 * offset, customerId, amountMinor });
  const decoded = { ok: true, value: { type: 'event', event } } as const;
  return { topic: 0, offset, timestampMs: 1, key: null, value: null, decoded };
}

function tick(offset: number, asOfS: number): InputItem {
  const decoded = { ok: true, value: { type: 'tick', tick: { asOfS, shard: 0, shards: 1 } } } as const;
  return { topic: 3, offset, timestampMs: 1, key: null, value: null, decoded };
}

type States = ReadonlyMap<string, Uint8Array>;

/** Folds micro-batches one after the other, each with the cuts in force for it. */
function folded(
  batches: readonly (readonly InputItem[])[],
  cutsAt: (batch: number) => TierCuts | null,
  emission?: Emission,
) {
  let states: States = new Map();
  let reached: readonly number[] = byTopic();
  const sent: ClvUpdate[] = [];
  for (const [i, items] of batches.entries()) {
    const ids = ['a', 'b', 'c', 'd'];
    const blobs = new Map(ids.map((id) => [id, states.get(id) ?? null]));
    const context = { ...contextOf(cutsAt(i), emission), folded: reached };
    const batch = foldBatch(items, { blobs, vanished: new Set() }, context);
    states = new Map([...states, ...batch.states.map(({ customerId, state }) => [customerId, state] as const)]);
    reached = batch.folded;
    for (const { value } of batch.records) {
      const decoded = updates.decode(value);
      if (decoded.ok) sent.push(decoded.value);
    }
  }
  return { sent, states };
}

const hex = (states: States) =>
  [...states].map(([id, state]) => [id, Buffer.from(state).toString('hex')]).sort(([a], [b]) => (a! < b! ? -1 : 1));

function split<T>(items: readonly T[], random: Seeded): T[][] {
  const batches: T[][] = [];
  for (let at = 0; at < items.length; ) {
    const size = 1 + random.below(6);
    batches.push(items.slice(at, at + size));
    at += size;
  }
  return batches;
}

/** Cuts around the value of a customer's first score. */
function cutsAround(value: number, version = 't-1'): TierCuts {
  return { version, cuts: [value * 0.99, value * 2, value * 4], margin: 0.05 };
}

const firstValue = folded([[order(0, 'a')]], () => modelCuts(scorer.model)).sent[0]!.value;

describe(`tiers in the fold (CLV_TEST_SEED=${seed})`, () => {
  test('law: updates and states are the same to the byte, however the stream is cut into micro-batches', () => {
    const random = seeded(seed);
    for (let round = 0; round < 20; round++) {
      const items = Array.from({ length: 40 }, (_, i) =>
        order(i, random.pick(['a', 'b', 'c', 'd']), 100 + random.below(60_000)),
      );
      for (const cuts of [cutsAround(firstValue), modelCuts(scorer.model), null]) {
        const whole = folded([items], () => cuts);
        const parts = folded(split(items, random), () => cuts);
        expect(parts.sent).toEqual(whole.sent);
        expect(hex(parts.states)).toEqual(hex(whole.states));
      }
    }
  });

  test('law: each tier follows from the value, the previous tier and the named cuts; the previous tier is that of the update before', () => {
    const random = seeded(seed);
    const releases = [1, 0.7, 1.4].map((factor, i) => cutsAround(firstValue * factor, `t-${i}`));
    const last = new Map<string, ClvUpdate>();
    const items = Array.from({ length: 200 }, (_, i) =>
      order(i, random.pick(['a', 'b', 'c', 'd']), 100 + random.below(60_000)),
    );
    const { sent, states } = folded(split(items, random), () => random.pick(releases));
    for (const update of sent) {
      const cuts = releases.find(({ version }) => version === update.tierCuts)!;
      expect(update.previousTier).toBe(last.get(update.customerId)?.prediction.valueTier ?? null);
      expect(update.prediction.valueTier).toBe(tierAfter(update.previousTier, update.value, cuts));
      last.set(update.customerId, update);
    }
    expect(new Set(sent.map(({ tierCuts }) => tierCuts)).size).toBe(3);
    for (const [id, state] of states) {
      expect(decodeState(state).published?.tier).toBe(last.get(id)!.prediction.valueTier);
    }
  });

  test('a merged update of several events names the tier before the last of them', () => {
    const random = seeded(seed);
    const items = Array.from({ length: 60 }, (_, i) => order(i, random.pick(['a', 'b']), 100 + random.below(60_000)));
    const batches = split(items, random);
    const cuts = cutsAround(firstValue);
    const every = folded(batches, () => cuts);
    const coalesced = folded(batches, () => cuts, 'coalesce');
    expect(hex(coalesced.states)).toEqual(hex(every.states));
    for (const update of coalesced.sent) {
      expect(update.prediction.valueTier).toBe(tierAfter(update.previousTier, update.value, cuts));
    }
  });

  test('below format level 3 the model’s cuts decide, updates are those of the version before, and states hold no tier', () => {
    const { sent, states } = folded([[order(0, 'a'), order(1, 'a')], [order(2, 'a')]], () => null);
    expect(sent.map(({ tierCuts, previousTier }) => [tierCuts, previousTier])).toEqual([
      ['', null],
      ['', null],
      ['', null],
    ]);
    expect(states.get('a')![0]).toBe(6);
  });

  test('a state that comes from level 2 has no previous tier at first', () => {
    const cuts = cutsAround(firstValue);
    const { sent } = folded([[order(0, 'a')], [order(1, 'a')], [order(2, 'a')]], (batch) =>
      batch === 0 ? null : cuts,
    );
    const [before, first, second] = sent;
    expect(before!.tierCuts).toBe('');
    expect(first).toMatchObject({ tierCuts: 't-1', previousTier: null });
    expect(second).toMatchObject({ tierCuts: 't-1', previousTier: first!.prediction.valueTier });
  });

  test('after the level is raised, a tick publishes the tiers that differ from those by the model’s cuts, and no others', () => {
    const later = START_S + 2 * DAY_S;
    const afterTick = (cuts: TierCuts) =>
      folded([[order(0, 'a')], [tick(0, later)], [tick(1, later + 60)]], (batch) => (batch === 0 ? null : cuts)).sent;
    expect(afterTick(modelCuts(scorer.model))).toHaveLength(1);
    const [before, tiered] = afterTick(cutsAround(firstValue / 100));
    expect(tiered).toMatchObject({ trigger: 'clock', previousTier: null, prediction: { valueTier: 'platinum' } });
    expect(before!.prediction.valueTier).not.toBe('platinum');
  });

  test('a tick publishes a tier that new cuts have changed, though the score has hardly moved; without a change it does not', () => {
    const later = START_S + 2 * DAY_S;
    const [low, high] = [cutsAround(firstValue / 10, 't-low'), cutsAround(firstValue * 10, 't-high')];
    const same = folded([[order(0, 'a')], [tick(0, later)]], () => low);
    expect(same.sent).toHaveLength(1);
    const { sent, states } = folded([[order(0, 'a')], [tick(0, later)], [tick(1, later + 2 * DAY_S)]], (batch) =>
      batch === 0 ? low : high,
    );
    expect(sent.map(({ trigger, tierCuts, previousTier }) => [trigger, tierCuts, previousTier])).toEqual([
      ['event', 't-low', null],
      ['clock', 't-high', sent[0]!.prediction.valueTier],
    ]);
    expect(sent[1]!.prediction.valueTier).toBe('bronze');
    expect(decodeState(states.get('a')!).published?.tier).toBe('bronze');
  });
});

describe('the cuts that a scorer serves', () => {
  const release = (version: string) => ({ ...cutsAround(1, version), customers: 500, releasedAtMs: 5 });

  test('are those of its model until some are released, and those of the newest release from the next micro-batch on', async () => {
    const { world, assign, order } = await startedScorer();
    await assign(1);
    await order(1, 0);
    world.releaseTiers(release('t-1'));
    await order(1, 1);
    world.releaseTiers(release('t-2'));
    await order(1, 2);
    const sent = updatesOf(world);
    expect(sent.map(({ tierCuts }) => tierCuts)).toEqual([sent[0]!.modelVersion, 't-1', 't-2']);
    expect(world.noticed.map(({ message }) => message)).toEqual([
      'the value tiers have the cuts t-1 from now on',
      'the value tiers have the cuts t-2 from now on',
    ]);
  });

  test('are read before its first score', async () => {
    const { world, assign, order } = await startedScorer({}, (before) => {
      before.tierReleases.current = async () => release('t-9');
    });
    await assign(1);
    await order(1, 0);
    expect(updatesOf(world).map(({ tierCuts }) => tierCuts)).toEqual(['t-9']);
  });

  test('stay in force when a model is announced', async () => {
    const { world, assign, order } = await startedScorer();
    await assign(1);
    world.releaseTiers(release('t-1'));
    world.announce({ version: 'm-5', artefact: new Uint8Array([5]), announcedAtMs: 77, note: '', sequence: 0 });
    await order(1, 0);
    expect(updatesOf(world)).toMatchObject([{ tierCuts: 't-1' }]);
  });

  test('do not reach a partition below format level 3', async () => {
    const { world, assign, order } = await startedScorer({}, (before) => {
      before.claim = { ...before.claim, format: CHECKED_FORMAT };
    });
    await assign(1);
    world.releaseTiers(release('t-1'));
    await order(1, 0);
    expect(updatesOf(world)).toMatchObject([{ tierCuts: '', previousTier: null }]);
    expect([...world.states.values()].map(([version]) => version)).toEqual([6]);
  });
});
