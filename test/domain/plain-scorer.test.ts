import type { CustomerAttributes } from '../../src/domain/attributes';
import { mulberry32, type Random } from '../../src/domain/math/random';
import { blendedOutputs } from '../../src/domain/scoring/blend';
import { exampleInputs } from '../../src/domain/scoring/example';
import type { HeadOutputs, Model } from '../../src/domain/scoring/model';
import { Scorer } from '../../src/domain/scoring/scorer';
import { emptyState, foldEvent, type SequenceState } from '../../src/domain/state/sequence-state';
import { decodeState, encodeState } from '../../src/serde/state-blob';
import { anEvent, type PositionedEvent, randomPast } from '../support/events';
import { randomWeights, SHAPES } from '../support/examples';
import { randomModel } from '../support/models';
import { plainOutputs } from '../support/plain-network';
import { testSeed } from '../support/seeded';

const seed = testSeed();
const DAY_S = 86_400;
const EDGES_DAYS = [0, 1, 3, 7, 14, 30, 60, 90, 180, 365];
const VOCABULARY = { ageBand: ['18-24', '25-34'], region: ['north'], channel: ['app'] };

const sum = (numbers: readonly number[]): number => numbers.reduce((total, next) => total + next, 0);

/** Orders between two instants after now: the rate A·(B/(B+t))^(κ+1) added up by Simpson's rule, not in closed form. */
function ordersBetween(
  { ratePerDay: A, scaleDays: B, shape }: HeadOutputs['curve'],
  from: number,
  until: number,
): number {
  const panels = 400;
  const width = (until - from) / panels;
  const weights = Array.from({ length: panels + 1 }, (_, i) => (i === 0 || i === panels ? 1 : i % 2 === 1 ? 4 : 2));
  return (width / 3) * sum(weights.map((weight, i) => weight * A * (B / (B + from + i * width)) ** (shape + 1)));
}

function plainClv(model: Model, outputs: HeadOutputs, days: number, minorPerMajor: number): number {
  const { margin, discountRate } = model.settings;
  const intervals = EDGES_DAYS.slice(1).map((until, k) => {
    const from = EDGES_DAYS[k]!;
    if (until > days) return 0;
    const discount = 1 / (1 + discountRate) ** ((from + until) / 2 / 365);
    return ordersBetween(outputs.curve, from, until) * discount;
  });
  return (sum(intervals) * outputs.orderValueMinor * margin) / minorPerMajor;
}

/** The heads of the network as its papers write it, over the inputs that features.test.ts checks. */
function plainHeads({ weights, settings }: Model, state: SequenceState, asOfS: number): HeadOutputs {
  const { steps, sequence, summary } = exampleInputs(state, asOfS, settings);
  const width = sequence.length / steps;
  const rows = Array.from({ length: steps }, (_, t) => [...sequence.subarray(t * width, (t + 1) * width)]);
  const [rate, scale, dispersion, value, logSpendSigma] = plainOutputs(weights, rows, [...summary]) as [
    number,
    number,
    number,
    number,
    number,
  ];
  const s = state.summary;
  const [valued, minor] = [s.valued - s.cancelledValued - s.voided, s.placedMinor - s.cancelledMinor - s.voidedMinor];
  const own = valued > 0 && minor > 0 ? { valued, minor } : { valued: 0, minor: 0 };
  const { meanMinor, weight } = settings.orderValue;
  return {
    curve: {
      ratePerDay: Math.exp(-4 + 8 * Math.tanh(rate / 8)),
      scaleDays: Math.exp(4 + 3 * Math.tanh(scale / 3)),
      shape: Math.log(1 + Math.exp(weights.curve[0]!)) - 1,
    },
    dispersion: 0.01 + 2 * Math.log(1 + Math.exp(dispersion)),
    orderValueMinor: ((meanMinor * weight + own.minor) / (weight + own.valued)) * Math.exp(0.7 * Math.tanh(value)),
    logSpendSigma: 0.2 + 2 / (1 + Math.exp(-logSpendSigma)),
  };
}

/** A copy that shares nothing. */
const copied = (state: SequenceState): SequenceState => decodeState(encodeState(state));

function scorerOf(random: Random, round: number): Scorer {
  const plain = randomModel(round, { window: 2 + (round % 6), shape: SHAPES[round % SHAPES.length]![1] });
  const discountRate = round % 3 === 0 ? 0 : 0.4 * random();
  const settings = { ...plain.settings, margin: 0.1 + 0.8 * random(), discountRate, attributes: VOCABULARY };
  // Fresh weights of attributes and ramps are 0, and would hide them.
  const weights = randomWeights(plain.weights.shape, random);
  return new Scorer({ ...plain, settings, weights }, round % 2 === 0 ? 100 : 1);
}

function profile(timeS: number, attributes: CustomerAttributes): PositionedEvent['event'] {
  return anEvent({ kind: 'profile', eventId: 'profile', timeS, amountMinor: 0, items: 0, attributes });
}

const NORTHERN = { ageBand: '25-34', region: 'north', channel: 'app' };
const ELSEWHERE = { ageBand: '18-24', region: null, channel: null };

describe(`the scorer beside the papers' network and sums (CLV_TEST_SEED=${seed})`, () => {
  test('law: the head outputs are those of the network, and its CLV the discounted orders added up', () => {
    const random = mulberry32(seed);
    for (let round = 0; round < 24; round++) {
      const scorer = scorerOf(random, round);
      const state = emptyState(scorer.model.weights.shape.units);
      for (const { event, position } of randomPast(random, 1 + Math.floor(random() * 20))) {
        scorer.fold(state, event, position);
        if (random() < 0.2)
          scorer.fold(state, profile(event.timeS, NORTHERN), { topic: 5, partition: 0, offset: round });
      }
      const asOfS = state.published!.asOfS + Math.floor(random() * 90 * DAY_S);
      const outputs = scorer.read(state, asOfS);
      const expected = plainHeads(scorer.model, state, asOfS);
      for (const name of ['dispersion', 'orderValueMinor', 'logSpendSigma'] as const) {
        expect({ round, name, ratio: outputs[name] / expected[name] }).toEqual({
          round,
          name,
          ratio: expect.closeTo(1, 3),
        });
      }
      for (const name of ['ratePerDay', 'scaleDays', 'shape'] as const) {
        expect({ round, name, difference: outputs.curve[name] / expected.curve[name] }).toEqual({
          round,
          name,
          difference: expect.closeTo(1, 3),
        });
      }
      for (const days of [1, 30, 90, 365]) {
        const minorPerMajor = round % 2 === 0 ? 100 : 1;
        expect(scorer.clv(outputs, days) / plainClv(scorer.model, outputs, days, minorPerMajor)).toBeCloseTo(1, 5);
      }
    }
  });

  test('law: each effect is one change by itself: the new model then, the silence, the event', () => {
    const random = mulberry32(seed + 1);
    const shape = SHAPES[0]![1];
    const models = [1, 2].map((n) => ({ ...randomModel(n, { shape }), encoderVersion: 'e' }));
    const scorers = models.map((model) => new Scorer({ ...model, weights: { ...model.weights } }, 100));
    // Judges of their own: reading brings a state's encoding up to date.
    const valueAt = (model: number, state: SequenceState, asOfS: number) => {
      const judge = new Scorer(models[model]!, 100);
      return judge.clv(judge.read({ ...copied(state), encoderVersion: '' }, asOfS), 365);
    };
    for (let round = 0; round < 12; round++) {
      const state = emptyState(shape.units);
      const past = randomPast(random, 25);
      for (const { event, position } of past) {
        const before = copied(state);
        const m = Math.floor(random() * 2);
        const sweep = before.published !== null && random() < 0.3;
        // Another encoder would be seen by its version; here all of a version's weights may differ.
        state.encoderVersion = '';
        const asked = (before.published?.asOfS ?? 0) + Math.floor((random() - 0.2) * 40 * DAY_S);
        const rescored = sweep ? scorers[m]!.rescore(state, asked) : scorers[m]!.fold(state, event, position);
        if (rescored === null) continue;
        const published = before.published;
        const asOfS = Math.max(published?.asOfS ?? 0, sweep ? asked : event.timeS);
        const value = valueAt(m, state, asOfS);
        const then = published === null ? 0 : valueAt(m, before, published.asOfS);
        const now = published === null ? 0 : valueAt(m, before, asOfS);
        const expected = {
          previous: published?.value ?? 0,
          model: then - (published?.value ?? 0),
          silence: now - then,
          event: value - now,
        };
        expect(rescored.asOfS).toBe(asOfS);
        expect(state.published).toEqual({ value: rescored.value, asOfS, modelVersion: `m-${m + 1}`, refolded: false });
        for (const [name, effect] of Object.entries(rescored.change)) {
          expect({ round, name, effect }).toEqual({
            round,
            name,
            effect: expect.closeTo(expected[name as keyof typeof expected], 6),
          });
        }
        expect(rescored.value).toBeCloseTo(value, 6);
      }
    }
  });

  test('a profile before any event says nothing and counts as soon as something happens', () => {
    const scorer = scorerOf(mulberry32(seed + 2), 1);
    const at = (topic: number, offset: number) => ({ topic, partition: 0, offset });
    const [known, unknown] = [emptyState(4), emptyState(4)];
    expect(scorer.fold(known, profile(1_700_000_000, NORTHERN), at(5, 7))).toBeNull();
    expect(known.profile).toEqual({ attributes: NORTHERN, offset: 7 });
    expect(known.published).toBeNull();
    const [withProfile, without] = [known, unknown].map((state) => scorer.fold(state, anEvent(), at(0, 0))!);
    expect(withProfile!.value).not.toBe(without!.value);
    foldEvent(unknown, profile(0, NORTHERN), at(5, 7), 4);
    expect(scorer.read(known, withProfile!.asOfS)).toEqual(scorer.read(unknown, withProfile!.asOfS));
  });

  test('a later profile is an effect of the event alone, at the time of the last score', () => {
    const scorer = scorerOf(mulberry32(seed + 3), 1);
    const state = emptyState(4);
    scorer.fold(state, anEvent(), { topic: 0, partition: 0, offset: 0 });
    const { value, asOfS } = state.published!;
    const rescored = scorer.fold(state, profile(asOfS + 900 * DAY_S, ELSEWHERE), {
      topic: 5,
      partition: 0,
      offset: 1,
    })!;
    expect(rescored.asOfS).toBe(asOfS);
    expect(rescored.change).toMatchObject({ previous: value, model: 0, silence: 0 });
    expect(rescored.change.event).toBe(rescored.value - value);
    expect(rescored.change.event).not.toBe(0);
  });

  test('what was refolded stays so until somebody publishes it', () => {
    const scorer = scorerOf(mulberry32(seed + 4), 1);
    const state = emptyState(4);
    scorer.fold(state, anEvent(), { topic: 0, partition: 0, offset: 0 });
    state.published!.refolded = true;
    scorer.rescore(state, state.published!.asOfS + DAY_S);
    expect(state.published!.refolded).toBe(true);
  });

  test('the blend and the factors on log-spend sigma depend on the order segment', () => {
    const scorer = scorerOf(mulberry32(seed + 5), 1);
    const logSpendSigmaFactors = [1.1, 1.2, 1.3, 1.4];
    const structure = {
      paretoNbd: { r: 0.8, alpha: 40, s: 0.6, beta: 50 },
      networkShares: [0.2, 0.4, 0.6, 0.8],
      level: 1.2,
    };
    const factored = new Scorer({ ...scorer.model, settings: { ...scorer.model.settings, logSpendSigmaFactors } }, 100);
    const blendedScorer = new Scorer(
      { ...scorer.model, settings: { ...scorer.model.settings, logSpendSigmaFactors, structure } },
      100,
    );
    const state = emptyState(4);
    for (const [orders, factor] of [0, 1, 2, 2, 3, 3].entries()) {
      if (orders > 0) {
        const order = anEvent({ eventId: `o${orders}`, timeS: 1_700_000_000 + orders * DAY_S });
        scorer.fold(state, order, { topic: 0, partition: 0, offset: orders });
      }
      const asOfS = 1_700_000_000 + 9 * DAY_S;
      const plain = scorer.read(state, asOfS);
      expect(factored.read(state, asOfS)).toEqual({
        ...plain,
        logSpendSigma: logSpendSigmaFactors[factor]! * plain.logSpendSigma,
      });
      const blended = blendedOutputs(plain, structure, state, asOfS, scorer.model.settings.typicalOrderMinor);
      expect(blended.curve).not.toEqual(plain.curve);
      // Without a calibration and a prior of its own the structure touches the curve alone.
      expect({ ...blended, curve: null }).toEqual({ ...plain, curve: null });
      expect(blendedScorer.read(state, asOfS)).toEqual({
        ...blended,
        logSpendSigma: logSpendSigmaFactors[factor]! * blended.logSpendSigma,
      });
    }
  });
});
