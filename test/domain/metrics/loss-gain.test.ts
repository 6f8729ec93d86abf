import { drawNormal, mulberry32 } from '../../../src/domain/math/random';
import { LEAST_JUDGES, lossGain, type PairedLoss } from '../../../src/domain/metrics/loss-gain';
import { type Seeded, seeded, testSeed } from '../../support/seeded';

const SEED = testSeed();

/** Skewed losses of 1 to 6 examples per customer, which share what that customer did. `gain` is the true mean gain per example. */
function losses(random: Seeded, customers: number, gain: number): PairedLoss[] {
  const normal = () => drawNormal(random.next);
  return Array.from({ length: customers }, (_, c) => {
    const shared = 0.5 * (Math.exp(normal() / 2) - Math.exp(1 / 8));
    return Array.from({ length: 1 + random.below(6) }, () => {
      const baseline = 2 + normal();
      return { customerId: `c${c}`, model: baseline - gain + shared + 0.1 * normal(), baseline };
    });
  }).flat();
}

const provenShare = (random: Seeded, customers: number, gain: number, trials: number) => {
  let proven = 0;
  for (let i = 0; i < trials; i++) {
    if (lossGain(losses(random, customers, gain), mulberry32(random.below(2 ** 31))).proven) proven++;
  }
  return proven / trials;
};

describe(`gain of a model over a baseline (seed ${SEED})`, () => {
  test('is the mean over the examples, within its interval, and the same for the same seed', () => {
    const pairs = losses(seeded(SEED), 50, 0.1);
    const found = lossGain(pairs, mulberry32(1));
    const mean = pairs.reduce((sum, { model, baseline }) => sum + baseline - model, 0) / pairs.length;
    expect(found.gain).toBeCloseTo(mean, 12);
    expect(found.low).toBeLessThan(found.gain);
    expect(found.high).toBeGreaterThan(found.gain);
    expect(found.customers).toBe(50);
    expect(lossGain([...pairs], mulberry32(1))).toEqual(found);
  });

  test('a model that is no better is seldom called better, with few customers and with many', () => {
    const random = seeded(SEED);
    // The level is 2.5 %. 300 trials of a chance of 5 % reach 10 % once in thousands of seeds.
    for (const customers of [LEAST_JUDGES, 60, 200]) expect(provenShare(random, customers, 0, 300)).toBeLessThan(0.1);
  });

  test('a clear gain is found, and a larger one more often', () => {
    const random = seeded(SEED);
    expect(provenShare(random, 60, 0.4, 60)).toBeGreaterThan(0.9);
    expect(provenShare(random, 400, 0.15, 40)).toBeGreaterThan(0.9);
  });

  test('many examples of few customers prove nothing', () => {
    const many = Array.from({ length: 5_000 }, (_, i) => ({
      customerId: `c${i % (LEAST_JUDGES - 1)}`,
      model: 1,
      baseline: 2,
    }));
    expect(lossGain(many, mulberry32(1))).toMatchObject({ gain: 1, customers: LEAST_JUDGES - 1, proven: false });
    // Copies of the examples are no new customers: the interval stays as wide.
    const once = losses(seeded(SEED), 40, 0);
    const copies = lossGain([...once, ...once, ...once], mulberry32(1));
    const single = lossGain(once, mulberry32(1));
    expect(copies.high - copies.low).toBeCloseTo(single.high - single.low, 10);
  });

  test('equal losses and no losses are no gain', () => {
    const equal = Array.from({ length: 100 }, (_, i) => ({ customerId: `c${i}`, model: 1, baseline: 1 }));
    expect(lossGain(equal, mulberry32(1))).toEqual({ gain: 0, low: 0, high: 0, customers: 100, proven: false });
    expect(lossGain([], mulberry32(1))).toEqual({ gain: 0, low: 0, high: 0, customers: 0, proven: false });
  });
});
