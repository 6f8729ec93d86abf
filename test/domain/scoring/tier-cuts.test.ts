import { modelCuts, moveTier, TIER_MARGIN, tierAfter } from '../../../src/domain/scoring/tier-cuts';
import { VALUE_TIERS, type ValueTier } from '../../../src/domain/update';
import { randomModel } from '../../support/models';
import { seeded, testSeed } from '../../support/seeded';

const seed = testSeed();
const CUTS = { version: 't-1', cuts: [100, 200, 400] as const, margin: 0.05 };
const published = (value: number, tier?: ValueTier) => ({ value, asOfS: 1, modelVersion: 'm', refolded: false, tier });

test('without a previous tier the cuts decide, and a value at a cut is below it', () => {
  const tiers = [0, 100, 100.1, 200, 201, 400, 401, 1e12].map((value) => tierAfter(null, value, CUTS));
  expect(tiers).toEqual(['bronze', 'bronze', 'silver', 'silver', 'gold', 'gold', 'platinum', 'platinum']);
});

test('a tier changes only if the value passes the cut by the margin', () => {
  expect([104, 105, 105.01, 211].map((value) => tierAfter('bronze', value, CUTS))).toEqual([
    'bronze',
    'bronze',
    'silver',
    'gold',
  ]);
  expect([96, 95.01, 95, 50].map((value) => tierAfter('silver', value, CUTS))).toEqual([
    'silver',
    'silver',
    'bronze',
    'bronze',
  ]);
  expect(tierAfter('platinum', 0, CUTS)).toBe('bronze');
});

test('cuts at 0 hold nobody in a tier', () => {
  const zero = { ...CUTS, cuts: [0, 0, 0] as const };
  expect(VALUE_TIERS.map((tier) => tierAfter(tier, 0, zero))).toEqual(['bronze', 'bronze', 'bronze', 'bronze']);
  expect(tierAfter('bronze', 1e-9, zero)).toBe('platinum');
});

test(`law: a tier is kept within the margin, is monotone in the value, and settles at once (CLV_TEST_SEED=${seed})`, () => {
  const { next, pick } = seeded(seed);
  const rank = (tier: ValueTier) => VALUE_TIERS.indexOf(tier);
  for (let round = 0; round < 2_000; round++) {
    const [a, b, c] = [next(), next(), next()].map((x) => 1000 * x).sort((x, y) => x - y) as [number, number, number];
    const cuts = { version: 't', cuts: [a, b, c] as const, margin: next() / 5 };
    const value = 1200 * next();
    const previous = pick(VALUE_TIERS);
    const after = tierAfter(previous, value, cuts);
    expect(tierAfter(after, value, cuts)).toBe(after);
    expect(rank(tierAfter(previous, value * 1.3, cuts))).toBeGreaterThanOrEqual(rank(after));
    const plain = tierAfter(null, value, cuts);
    if (rank(after) > rank(plain)) {
      // Held up: the value is within the margin below the cut of the tier.
      expect(value).toBeGreaterThan(cuts.cuts[rank(after) - 1]! * (1 - cuts.margin));
    } else if (rank(after) < rank(plain)) {
      expect(value).toBeLessThanOrEqual(cuts.cuts[rank(after)]! * (1 + cuts.margin));
    }
  }
});

test(`law: scores that scatter by less than the margin around any value change no tier twice (CLV_TEST_SEED=${seed})`, () => {
  const { next } = seeded(seed);
  for (let round = 0; round < 300; round++) {
    const middle = 500 * next();
    let tier: ValueTier | null = null;
    let changes = -1;
    for (let event = 0; event < 40; event++) {
      const value = middle * (1 + 0.9 * TIER_MARGIN * (next() - 0.5));
      const after = tierAfter(tier, value, CUTS);
      if (after !== tier) changes += 1;
      tier = after;
    }
    expect(changes).toBe(0);
  }
});

test('the tier moves in the state, and the step tells what it came from', () => {
  const model = randomModel(1);
  const state = published(150);
  expect(moveTier(state, CUTS, model)).toEqual({ tier: 'silver', previous: null, cuts: 't-1' });
  state.value = 205;
  expect(moveTier(state, CUTS, model)).toEqual({ tier: 'silver', previous: 'silver', cuts: 't-1' });
  state.value = 211;
  expect(moveTier(state, CUTS, model)).toEqual({ tier: 'gold', previous: 'silver', cuts: 't-1' });
  expect(state.tier).toBe('gold');
});

test('below the format level that keeps tiers, the model’s cuts decide and the state keeps none', () => {
  const model = randomModel(1);
  const state = published(150, 'bronze');
  expect(moveTier(state, null, model)).toEqual({ tier: 'gold', previous: null, cuts: '' });
  expect(state.tier).toBeUndefined();
  expect(modelCuts(model)).toEqual({ version: model.version, cuts: [50, 150, 400], margin: TIER_MARGIN });
});
