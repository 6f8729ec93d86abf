import { mulberry32 } from '../../../src/domain/math/random';
import { Network } from '../../../src/domain/network/network';
import { exampleInputs } from '../../../src/domain/scoring/example';
import { readHeads } from '../../../src/domain/scoring/model';
import { type Rescored, Scorer } from '../../../src/domain/scoring/scorer';
import { emptyState, type SequenceState } from '../../../src/domain/state/sequence-state';
import { decodeState, encodeState } from '../../../src/serde/state-blob';
import { anEvent, randomPast } from '../../support/events';
import { SHAPES } from '../../support/examples';
import { randomModel } from '../../support/models';
import { testSeed } from '../../support/seeded';

const seed = testSeed();

function fresh(scorer: Scorer): SequenceState {
  return emptyState(scorer.model.weights.shape.units);
}

/** The judge: folds without a recurrent state, then steps the kept window from its start. */
function replayed(scorer: Scorer, state: SequenceState): SequenceState {
  const again = decodeState(encodeState(state));
  again.encoderVersion = '';
  scorer.encode(again);
  return again;
}

describe(`the incremental scorer (CLV_TEST_SEED=${seed})`, () => {
  test('law: incremental = replayed from the window start, to the bit, over late, repeated and out-of-order events', () => {
    const random = mulberry32(seed);
    const outcomes = new Set<string>();
    for (let round = 0; round < 60; round++) {
      const scorer = new Scorer(
        randomModel(round, { window: 2 + Math.floor(random() * 6), shape: SHAPES[round % SHAPES.length]![1] }),
        100,
      );
      const state = fresh(scorer);
      for (const { event, position } of randomPast(random, 5 + Math.floor(random() * 60))) {
        const rescored = scorer.fold(state, event, position);
        outcomes.add(rescored?.outcome.window ?? 'repeated');
        const again = replayed(scorer, state);
        expect({ round, hidden: state.hidden, cell: state.cell }).toEqual({
          round,
          hidden: again.hidden,
          cell: again.cell,
        });
      }
    }
    expect([...outcomes].sort()).toEqual(['appended', 'coalesced', 'inserted', 'repeated', 'too-late']);
  });

  test('law: previous + model + silence + event = value to 1e-9, through a swap of heads and of encoder', () => {
    const random = mulberry32(seed + 1);
    const models = [1, 2, 3].map((n) => new Scorer(randomModel(n, { shape: SHAPES[2 * n - 1]![1] }), 100));
    for (let round = 0; round < 40; round++) {
      const state = fresh(models[0]!);
      let published: number | null = null;
      let asOfS = 0;
      for (const { event, position } of randomPast(random, 40)) {
        const scorer = models[Math.floor(random() * 3)]!;
        const rescored: Rescored | null =
          random() < 0.2 && published !== null
            ? scorer.rescore(state, asOfS + Math.floor(random() * 90 * 86_400))
            : scorer.fold(state, event, position);
        if (rescored === null) continue;
        const { previous, model, silence, event: effect } = rescored.change;
        expect(previous).toBe(published ?? 0);
        expect(Math.abs(previous + model + silence + effect - rescored.value)).toBeLessThanOrEqual(
          1e-9 * Math.max(1, rescored.value),
        );
        expect(rescored.asOfS).toBeGreaterThanOrEqual(asOfS);
        published = rescored.value;
        asOfS = rescored.asOfS;
      }
    }
  });

  test('law: the clock step changes neither window nor recurrent state, and equals a score at that time', () => {
    const random = mulberry32(seed + 2);
    const scorer = new Scorer(randomModel(5), 100);
    const state = fresh(scorer);
    for (const { event, position } of randomPast(random, 30)) scorer.fold(state, event, position);
    const before = decodeState(encodeState(state));
    const later = state.published!.asOfS + 50 * 86_400;
    const read = scorer.clv(scorer.read(state, later), 365);
    const rescored = scorer.rescore(state, later);
    expect(rescored.value).toBe(read);
    expect(rescored.change.event).toBe(0);
    expect(rescored.change.silence).not.toBe(0);
    expect(encodeState({ ...state, published: null })).toEqual(encodeState({ ...before, published: null }));
  });

  test.each(SHAPES)(
    '%s: a state of another encoder is re-encoded at its next touch and scores as if it had always been there',
    (_name, shape) => {
      const random = mulberry32(seed + 3);
      const past = randomPast(random, 25);
      const [old, current] = [new Scorer(randomModel(7), 100), new Scorer(randomModel(8, { shape }), 100)];
      const swapped = fresh(old);
      const always = fresh(current);
      past.forEach(({ event, position }, i) => {
        (i < 15 ? old : current).fold(swapped, event, position);
        current.fold(always, event, position);
      });
      expect(swapped.hidden).toEqualNumbers(always.hidden);
      expect(swapped.encoderVersion).toBe('e-8');
      expect(swapped.published!.value).toBeCloseTo(always.published!.value, 9);
    },
  );

  test.each(SHAPES)(
    'law, %s: the head outputs are what the network makes of the inputs that a training example is cut to',
    (_name, shape) => {
      const random = mulberry32(seed + 6);
      const model = randomModel(12, { shape });
      const scorer = new Scorer(model, 100);
      const network = new Network(model.weights);
      const state = fresh(scorer);
      for (const { event, position } of randomPast(random, 40)) {
        scorer.fold(state, event, position);
        const asOfS = state.published!.asOfS + Math.floor(random() * 90 * 86_400);
        const { steps, sequence, summary, baseOrderValueMinor } = exampleInputs(state, asOfS, model.settings);
        const raw = network.outputs(steps, sequence, summary);
        expect(scorer.read(state, asOfS)).toEqual(readHeads(raw, model.weights.curve[0]!, baseOrderValueMinor));
      }
    },
  );

  test('a repeat changes nothing at all', () => {
    const scorer = new Scorer(randomModel(9), 100);
    const state = fresh(scorer);
    scorer.fold(state, anEvent(), { topic: 0, partition: 0, offset: 0 });
    const before = encodeState(state);
    expect(scorer.fold(state, anEvent(), { topic: 0, partition: 0, offset: 1 })).toBeNull();
    expect(encodeState(state)).toEqual(before);
  });

  test.each(SHAPES)('law, %s: stored and loaded between any two events, the state is the same', (_name, shape) => {
    const random = mulberry32(seed + 4);
    const scorer = new Scorer(randomModel(11, { shape }), 100);
    const kept = fresh(scorer);
    let stored = fresh(scorer);
    for (const { event, position } of randomPast(random, 80)) {
      scorer.fold(kept, event, position);
      scorer.fold(stored, event, position);
      stored = decodeState(encodeState(stored));
    }
    expect(encodeState(stored)).toEqual(encodeState(kept));
  });
});
