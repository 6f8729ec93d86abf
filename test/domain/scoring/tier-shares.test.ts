import { drawLognormal, mulberry32 } from '../../../src/domain/math/random';
import { ScoreSample } from '../../../src/domain/scoring/score-sample';
import { tierAfter } from '../../../src/domain/scoring/tier-cuts';
import { cutsOf, LEAST_CUSTOMERS, nextCuts, sharesAreOff, tierShares } from '../../../src/domain/scoring/tier-shares';
import { VALUE_TIERS } from '../../../src/domain/update';
import { seeded, testSeed } from '../../support/seeded';

const seed = testSeed();
const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const shop = (customers: number, random: () => number) =>
  Array.from({ length: customers }, () => drawLognormal(random, 3, 1.5));
const tierCounts = (values: readonly number[], cuts: ReturnType<typeof cutsOf>) =>
  VALUE_TIERS.map(
    (tier) => values.filter((value) => tierAfter(null, value, { version: '', cuts, margin: 0.05 }) === tier).length,
  );

test(`law: tiers are shares of the customers, for shops of every size (CLV_TEST_SEED=${seed})`, () => {
  const random = mulberry32(seed);
  for (const customers of [10, 11, 20, 37, 100, 1_000, 20_000]) {
    const values = shop(customers, random);
    const cuts = nextCuts(values, null)!;
    const above = [0.5, 0.2, 0.05].map((share) => Math.max(1, Math.round(share * customers)));
    const [silver, gold, platinum] = above as [number, number, number];
    expect(tierShares(values, cuts)).toEqual(tierCounts(values, cuts).map((count) => count / customers));
    expect(tierCounts(values, cuts)).toEqual([customers - silver, silver - gold, gold - platinum, platinum]);
  }
});

test(`law: five customers move nothing, however large or small their values are (CLV_TEST_SEED=${seed})`, () => {
  const { next, below, pick } = seeded(seed);
  const random = mulberry32(seed + 1);
  for (let round = 0; round < 60; round++) {
    const customers = 100 + below(2_000);
    const values = shop(customers, random);
    const cuts = nextCuts(values, null)!;
    const strange = () => pick([0, 1e-9, 1e7, 1e12, 1e300, 100 * next()]);
    const changed = [...values];
    for (let i = 0; i < 5; i++) changed[below(customers)] = strange();
    expect(nextCuts(changed, cuts)).toBeNull();
    const joined = [...values, ...Array.from({ length: 5 }, strange)];
    expect(nextCuts(joined, cuts)).toBeNull();
  }
});

test(`law: if all scores fall or rise together, so do the cuts, and nobody changes tier (CLV_TEST_SEED=${seed})`, () => {
  const { next } = seeded(seed);
  const random = mulberry32(seed + 2);
  for (const factor of [1e-3, 0.2, 0.5, 2, 40]) {
    const values = shop(500 + Math.floor(500 * next()), random);
    const cuts = nextCuts(values, null)!;
    const later = values.map((value) => factor * value);
    expect(tierCounts(later, nextCuts(later, cuts)!)).toEqual(tierCounts(values, cuts));
  }
});

test(`law: cuts in force stay within a tenth of the share, or half a percent of a large shop (CLV_TEST_SEED=${seed})`, () => {
  const random = mulberry32(seed + 3);
  let values = shop(3_000, random);
  let cuts = nextCuts(values, null)!;
  let releases = 0;
  for (let day = 0; day < 100; day++) {
    values = values.map((value) => value * (random() < 0.2 ? drawLognormal(random, 0.02, 0.3) : 0.99));
    const next = nextCuts(values, cuts);
    if (next !== null) releases += 1;
    cuts = next ?? cuts;
    const [, silver, gold, platinum] = tierCounts(values, cuts).map((count) => count / values.length) as number[];
    expect(Math.abs(platinum! - 0.05)).toBeLessThan(0.006);
    expect(Math.abs(gold! + platinum! - 0.2)).toBeLessThan(0.021);
    expect(Math.abs(silver! + gold! + platinum! - 0.5)).toBeLessThan(0.051);
  }
  expect(releases).toBeLessThan(40);
});

test('too few customers have no cuts of their own', () => {
  const few = Array.from({ length: LEAST_CUSTOMERS - 1 }, (_, i) => i);
  expect(nextCuts(few, null)).toBeNull();
  expect(nextCuts([...few, 9], null)).toEqual([4, 7, 8]);
});

test('in a small shop one customer may be in the wrong tier, not more', () => {
  const values = Array.from({ length: 20 }, (_, i) => i + 1);
  const cuts = cutsOf(values);
  expect(cuts).toEqual([10, 16, 19]);
  expect(sharesAreOff(ascending([...values.slice(1), 30]), cuts)).toBe(false);
  expect(sharesAreOff(ascending([...values.slice(2), 30, 31]), cuts)).toBe(true);
});

test('customers who all have the same score are bronze, and their cuts are released once', () => {
  const values = new Array<number>(50).fill(7);
  const cuts = nextCuts(values, null)!;
  expect(tierCounts(values, cuts)).toEqual([50, 0, 0, 0]);
  expect(nextCuts(values, cuts)).toBeNull();
  expect(
    nextCuts(
      values.map((value, i) => value + 0.001 * i),
      cuts,
    ),
  ).toBeNull();
});

describe('the sample of scores', () => {
  test('holds the newest score of each customer, once', () => {
    const sample = new ScoreSample(100);
    for (const [id, value] of [
      ['a', 1],
      ['b', 2],
      ['a', 3],
    ] as const)
      sample.set(id, value);
    expect(ascending(sample.values)).toEqual([2, 3]);
    sample.remove('a');
    expect(sample.values).toEqual([2]);
    expect(sample.share).toBe(1);
  });

  test(`law: of a large shop it is bounded, uniform, and the same in any order (CLV_TEST_SEED=${seed})`, () => {
    const random = mulberry32(seed);
    const ids = Array.from({ length: 30_000 }, (_, i) => `c${seed}-${i}`);
    const scores = new Map(ids.map((id) => [id, drawLognormal(random, 3, 1.5)]));
    const sampled = (order: readonly string[]) => {
      const sample = new ScoreSample(1_000);
      // Everybody a second time: the busy ones of before are no more likely.
      for (const id of [...order, ...order.slice(0, 500), ...order]) sample.set(id, scores.get(id)!);
      return sample;
    };
    const one = sampled(ids);
    expect(one.values.length).toBeGreaterThanOrEqual(1_000);
    expect(one.values.length).toBeLessThanOrEqual(2_000);
    expect(Math.abs(one.values.length / ids.length - one.share)).toBeLessThan(0.02);
    const [silver, gold, platinum] = cutsOf(ascending(one.values));
    const above = [silver, gold, platinum].map((cut) => [...scores.values()].filter((value) => value > cut).length);
    for (const [i, share] of [0.5, 0.2, 0.05].entries()) {
      // Five standard deviations of a sample of a thousand.
      const bound = 5 * Math.sqrt((share * (1 - share)) / 1_000);
      expect(Math.abs(above[i]! / ids.length - share)).toBeLessThan(bound);
    }
    const backwards = sampled([...ids].reverse());
    const least = Math.min(one.share, backwards.share);
    const within = (sample: ScoreSample) => ids.filter((id) => sample.wants(id)).length;
    expect(within(one.share === least ? one : backwards)).toBe((one.share === least ? one : backwards).values.length);
  });
});
