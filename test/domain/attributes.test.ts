import {
  ATTRIBUTE_FEATURES,
  ATTRIBUTE_SLOTS,
  attributeFeatures,
  type CustomerAttributes,
  grownVocabulary,
  NO_VOCABULARY,
} from '../../src/domain/attributes';
import { CUSTOMERS_TOPIC } from '../../src/domain/event';
import { mulberry32 } from '../../src/domain/math/random';
import { Scorer } from '../../src/domain/scoring/scorer';
import { emptyState, foldEvent } from '../../src/domain/state/sequence-state';
import { decodeState, encodeState } from '../../src/serde/state-blob';
import { anEvent, randomPast } from '../support/events';
import { randomModel } from '../support/models';
import { testSeed } from '../support/seeded';

const seed = testSeed();
const ANN: CustomerAttributes = { ageBand: '25-34', region: 'North', channel: null };
const VOCABULARY = { ageBand: ['18-24', '25-34'], region: ['North'], channel: ['store'] };

describe(`attributes of a customer (CLV_TEST_SEED=${seed})`, () => {
  test('are one-hot by slot; unknown and unheard-of values have none', () => {
    const hot = (attributes: CustomerAttributes | null) => {
      const out = new Float32Array(ATTRIBUTE_FEATURES).fill(9);
      attributeFeatures(out, 0, attributes, VOCABULARY);
      return [...out.entries()].filter(([, value]) => value !== 0);
    };
    expect(hot(ANN)).toEqual([
      [1, 1],
      [ATTRIBUTE_SLOTS.ageBand, 1],
    ]);
    expect(hot({ ageBand: '99', region: null, channel: '' })).toEqual([]);
    expect(hot(null)).toEqual([]);
  });

  test('a vocabulary grows by frequent values, and what has a slot keeps it', () => {
    const customers = Array.from({ length: 60 }, (_, i) => ({ ...ANN, region: i < 19 ? 'rare' : i < 40 ? 'b' : 'a' }));
    const grown = grownVocabulary({ ...NO_VOCABULARY, region: ['old'] }, customers);
    expect(grown).toEqual({ ageBand: ['25-34'], region: ['old', 'b', 'a'], channel: [] });
  });

  test('values that equally many customers have get their slots in the order of the alphabet', () => {
    const having = (region: string) => Array.from({ length: 20 }, () => ({ ...ANN, region }));
    for (const regions of [
      ['b', 'a', 'c'],
      ['a', 'c', 'b'],
      ['c', 'b', 'a'],
    ]) {
      const { region } = grownVocabulary(NO_VOCABULARY, [...regions.flatMap(having), ...having('d'), ANN]);
      expect(region.filter((value) => value !== ANN.region)).toEqual(['a', 'b', 'c', 'd']);
    }
  });

  test('law: the last record by offset wins, whatever comes when; a deletion too; and no event feels it', () => {
    const random = mulberry32(seed);
    for (let round = 0; round < 100; round++) {
      const past = randomPast(random, 20);
      const profiles = Array.from({ length: 5 }, (_, offset) => ({
        event: anEvent({
          kind: 'profile',
          amountMinor: 0,
          items: 0,
          ...(random() < 0.3 ? {} : { attributes: { ...ANN, region: `r${offset}` } }),
        }),
        position: { topic: CUSTOMERS_TOPIC, partition: 0, offset },
      }));
      const plain = emptyState(0);
      for (const { event, position } of past) foldEvent(plain, event, position, 4);
      const mixed = emptyState(0);
      const order = [...profiles].sort(() => random() - 0.5);
      for (const { event, position } of past) {
        foldEvent(mixed, event, position, 4);
        const next = random() < 0.3 ? order.shift() : undefined;
        if (next) foldEvent(mixed, next.event, next.position, 4);
      }
      for (const { event, position } of order) foldEvent(mixed, event, position, 4);
      expect({ round, ...mixed, profile: null }).toEqual({ round, ...plain });
      expect(mixed.profile).toEqual({ attributes: profiles[4]!.event.attributes ?? null, offset: 4 });
      expect(decodeState(encodeState(mixed))).toEqual(mixed);
    }
  });

  test('law: without a value in the vocabulary a customer scores as without attributes, to the bit; with one, otherwise', () => {
    const random = mulberry32(seed + 1);
    for (let round = 0; round < 20; round++) {
      const plain = randomModel(round);
      // As if trained: fresh weights of attributes are 0.
      plain.weights.headKernel.forEach((w, i) => {
        if (w === 0) plain.weights.headKernel[i] = random() - 0.5;
      });
      const scorer = new Scorer({ ...plain, settings: { ...plain.settings, attributes: VOCABULARY } }, 100);
      const state = emptyState(scorer.model.weights.shape.units);
      for (const { event, position } of randomPast(random, 10)) scorer.fold(state, event, position);
      const asOfS = state.summary.lastSeenS;
      const valueWith = (attributes: CustomerAttributes | null) =>
        scorer.clv(scorer.read({ ...state, profile: { attributes, offset: 0 } }, asOfS), 365);
      const bare = scorer.clv(scorer.read(state, asOfS), 365);
      expect(valueWith(null)).toBe(bare);
      expect(valueWith({ ageBand: 'x', region: 'y', channel: 'z' })).toBe(bare);
      expect(valueWith(ANN)).not.toBe(bare);
    }
  });

  test('a customer with attributes only has no score; the first event gives the first score', () => {
    const scorer = new Scorer(randomModel(1), 100);
    const state = emptyState(scorer.model.weights.shape.units);
    const profile = anEvent({ kind: 'profile', amountMinor: 0, items: 0, attributes: ANN });
    expect(scorer.fold(state, profile, { topic: CUSTOMERS_TOPIC, partition: 0, offset: 7 })).toBeNull();
    expect(state).toEqual({ ...emptyState(state.hidden.length), profile: { attributes: ANN, offset: 7 } });
    const earlier = anEvent({ timeS: profile.timeS - 1_000 });
    expect(scorer.fold(state, earlier, { topic: 0, partition: 0, offset: 0 })!.asOfS).toBe(earlier.timeS);
  });

  test('law: a profile moves no time, so that what it changes is all of the event, none of silence', () => {
    const random = mulberry32(seed + 2);
    for (let round = 0; round < 20; round++) {
      const model = randomModel(round);
      const scorer = new Scorer({ ...model, settings: { ...model.settings, attributes: VOCABULARY } }, 100);
      const state = emptyState(model.weights.shape.units);
      for (const { event, position } of randomPast(random, 10)) scorer.fold(state, event, position);
      const { asOfS, value } = state.published!;
      const timeS = asOfS + Math.floor((random() - 0.3) * 1e9);
      const profile = anEvent({ kind: 'profile', amountMinor: 0, items: 0, timeS, attributes: ANN });
      const rescored = scorer.fold(state, profile, { topic: CUSTOMERS_TOPIC, partition: 0, offset: round })!;
      expect(rescored).toMatchObject({ asOfS, change: { previous: value, model: 0, silence: 0 } });
      expect(state.published!.asOfS).toBe(asOfS);
    }
  });
});
