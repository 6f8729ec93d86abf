import {
  type CountDistribution,
  countCrps,
  countLoss,
  countProbabilities,
  countQuantile,
  dispersionFor,
  MAX_ERLANG_SHAPE,
  meanForZero,
  negativeBinomialLoss,
  probabilityOfZero,
} from '../../../src/domain/distribution/count-distribution';
import { normalCdf } from '../../../src/domain/distribution/normal';
import { spendDistribution, spendQuantile } from '../../../src/domain/distribution/spend-distribution';
import { drawGamma, drawLognormal, drawPoisson, mulberry32 } from '../../../src/domain/math/random';
import { countCoverage, countPit, spendCoverage, spendPit } from '../../../src/domain/metrics/coverage';
import { spendCdf, spendCrps } from '../../../src/domain/metrics/spend-scores';

const SEED = 42;

describe('NB2 counts', () => {
  test('Poisson of mean 1 by hand: P(0) = 1/e, F(1−) + ½P(1)', () => {
    const poisson = { mean: 1, dispersion: 0 };
    expect(countProbabilities(poisson, 1)).toEqual({ below: Math.exp(-1), at: Math.exp(-1) });
    expect(countPit(poisson, 1, 0.5)).toBeCloseTo(1.5 * Math.exp(-1), 12);
    expect(countQuantile(poisson, 0.7)).toBe(1);
    expect(countQuantile(poisson, 0.75)).toBe(2);
  });

  test('geometric (α = 1): P(k) = (1/(1+Λ))·(Λ/(1+Λ))^k', () => {
    const geometric = { mean: 3, dispersion: 1 };
    const { below, at } = countProbabilities(geometric, 2);
    expect(at).toBeCloseTo(0.25 * 0.75 ** 2, 12);
    expect(below).toBeCloseTo(0.25 + 0.25 * 0.75, 12);
    // CRPS at y = 0: Σ (F(k) − 1)² = Σ 0.75^(2k+2)
    expect(countCrps(geometric, 0)).toBeCloseTo(0.75 ** 2 / (1 - 0.75 ** 2), 8);
    // at y = 1: F(0)² instead of the first term
    expect(countCrps(geometric, 1)).toBeCloseTo(0.25 ** 2 + 0.75 ** 4 / (1 - 0.75 ** 2), 8);
  });

  test('a sure count is scored by its distance, a fat tail ends', () => {
    expect(countCrps({ mean: 1e-9, dispersion: 0 }, 4)).toBeCloseTo(4, 6);
    expect(countCrps({ mean: 300, dispersion: 50 }, 0)).toBeGreaterThan(0);
  });

  test.each([
    [0.3, 0.9],
    [4, 0.5],
    [120, 0.2],
  ])('the dispersion for mean %p and zero %p gives that zero', (mean, none) => {
    expect(probabilityOfZero({ mean, dispersion: dispersionFor(mean, none) })).toBeCloseTo(none, 8);
  });

  test('less than the Poisson zero has no dispersion', () => {
    expect(dispersionFor(1, 0.2)).toBe(0);
  });
});

describe(`counts of regular customers (seed ${SEED})`, () => {
  const random = mulberry32(SEED + 2);
  const drawn = Array.from({ length: 300 }, () => ({
    mean: Math.exp(-5 + 8 * random()),
    dispersion: random() < 0.2 ? 0 : Math.exp(-5 + 5 * random()),
    erlangShape: 1 + (MAX_ERLANG_SHAPE - 1) * random() ** 2,
  }));
  const moments = (distribution: CountDistribution) => {
    let [below, mean, square] = [0, 0, 0];
    for (let k = 0; below < 1 - 1e-12 && k < 4_000; k++) {
      const { at } = countProbabilities(distribution, k);
      below += at;
      mean += k * at;
      square += k * k * at;
    }
    return { below, mean, variance: square - mean * mean };
  };

  test('the condensed Poisson by hand: P(k) = ½P(2k − 1) + P(2k) + ½P(2k + 1) of twice the mean', () => {
    const poisson = (m: number) => countProbabilities({ mean: 2.6, dispersion: 0 }, m).at;
    const regular = { mean: 1.3, dispersion: 0, erlangShape: 2 };
    expect(probabilityOfZero(regular)).toBeCloseTo(Math.exp(-2.6) * 2.3, 12);
    for (const k of [1, 2, 5]) {
      const { at } = countProbabilities(regular, k);
      expect(at).toBeCloseTo(0.5 * poisson(2 * k - 1) + poisson(2 * k) + 0.5 * poisson(2 * k + 1), 12);
    }
  });

  test('law: sums to 1 with mean Λ whatever r; P(0) between 1 − Λ and the plain one, falling with r and with Λ', () => {
    for (const distribution of drawn.filter(({ mean, dispersion }) => mean < 10 && dispersion < 0.5)) {
      const { below, mean, variance } = moments(distribution);
      expect(below).toBeCloseTo(1, 8);
      expect(mean / distribution.mean).toBeCloseTo(1, 7);
      expect(variance).toBeLessThan(moments({ ...distribution, erlangShape: 1 }).variance + 1e-9);
    }
    for (const distribution of drawn) {
      const none = probabilityOfZero(distribution);
      const { mean, erlangShape } = distribution;
      expect(none).toBeGreaterThanOrEqual(Math.max(0, 1 - mean) - 1e-12);
      expect(none).toBeLessThanOrEqual(probabilityOfZero({ ...distribution, erlangShape: 1 }) + 1e-12);
      expect(probabilityOfZero({ ...distribution, erlangShape: 1.1 * erlangShape })).toBeLessThanOrEqual(none + 1e-12);
      expect(probabilityOfZero({ ...distribution, mean: 1.1 * mean })).toBeLessThan(none);
    }
  });

  test('at r = 1 the count is the NB2, and r goes there smoothly; its loss too', () => {
    for (const { mean, dispersion } of drawn.slice(0, 50)) {
      for (const n of [0, 1, 4]) {
        const plain = countProbabilities({ mean, dispersion }, n).at;
        expect(countProbabilities({ mean, dispersion, erlangShape: 1 }, n).at).toBe(plain);
        expect(countProbabilities({ mean, dispersion, erlangShape: 1 + 1e-9 }, n).at).toBeCloseTo(plain, 7);
        const [loss, near] = [undefined, 1 + 1e-9].map((erlangShape) =>
          countLoss({ mean, dispersion, erlangShape }, n),
        );
        expect(loss).toBe(negativeBinomialLoss(n, mean, dispersion));
        expect(near).toBeCloseTo(loss!, 5);
      }
    }
  });

  test('law: the loss is −ln P(n) − ln n!, also if P(0) is 0 in floating point', () => {
    for (const distribution of drawn) {
      for (const n of [0, 1, 3]) {
        const { at } = countProbabilities(distribution, n);
        if (at < 1e-30) continue;
        expect(countLoss(distribution, n)).toBeCloseTo(-Math.log(at) - Math.log([1, 1, 2, 6][n]!), 7);
      }
    }
    const far = { mean: 3_000, dispersion: 0, erlangShape: 4 };
    expect(probabilityOfZero(far)).toBe(0);
    expect(countLoss(far, 3_000)).toBeLessThan(countLoss({ ...far, mean: 3_100 }, 3_000));
  });

  test('a mean whose P(0) is none in floating point has its quantiles and its CRPS all the same', () => {
    for (const erlangShape of [1, 10]) {
      const far = { mean: 2_000, dispersion: 0, erlangShape };
      expect(Math.abs(countQuantile(far, 0.5) - 2_000)).toBeLessThanOrEqual(1);
      const deviation = Math.sqrt(2_000 / erlangShape);
      // Of a normal of this deviation at its mean: (√2 − 1)/√π of it.
      expect(countCrps(far, 2_000) / deviation).toBeCloseTo(0.2337, 2);
    }
  });

  test('law: the mean for a zero inverts it', () => {
    for (const shape of [...drawn, { dispersion: 0.4 }, { dispersion: 0 }]) {
      const none = 0.02 + 0.96 * random();
      expect(probabilityOfZero({ ...shape, mean: meanForZero(shape, none) })).toBeCloseTo(none, 9);
    }
    // Out of reach, but a number.
    expect(meanForZero({ dispersion: 1_000, erlangShape: 3 }, 0.25)).toBeGreaterThan(1e100);
  });

  test('CRPS is the sum of (F − 1{y ≤ k})²', () => {
    const distribution = { mean: 2.2, dispersion: 0.1, erlangShape: 3.5 };
    let sum = 0;
    for (let k = 0; k < 60; k++) {
      const { below, at } = countProbabilities(distribution, k);
      sum += (below + at - (k >= 3 ? 1 : 0)) ** 2;
    }
    expect(countCrps(distribution, 3)).toBeCloseTo(sum, 8);
  });

  test('counts of customers with Erlang-3 gaps have this distribution at any time; an NB2 interval covers too many of them', () => {
    const actual = Array.from({ length: 6_000 }, () => regularCount(random, 1.5, 3));
    const coverage = (erlangShape: number) =>
      countCoverage(
        actual.map(() => ({ mean: 1.5, dispersion: 0, erlangShape })),
        actual,
        random,
      );
    expect(actual.reduce((sum, n) => sum + n, 0) / actual.length).toBeCloseTo(1.5, 1);
    expect(Math.abs(coverage(3).coverage80 - 0.8)).toBeLessThan(0.02);
    for (const share of coverage(3).pit) expect(Math.abs(share - 0.1)).toBeLessThan(0.02);
    expect(coverage(1).coverage80).toBeGreaterThan(0.88);
  });
});

/** Orders within Λ mean gaps, the gaps Erlang-r, after so many gaps that the beginning is forgotten. */
function regularCount(random: () => number, mean: number, r: number): number {
  const from = 30 + random();
  let count = 0;
  for (let at = 0; at < from + mean; at += drawGamma(random, r, r)) if (at >= from) count++;
  return count;
}

describe('zero-inflated lognormal spend', () => {
  test('normal distribution function', () => {
    expect(normalCdf(0)).toBeCloseTo(0.5, 12);
    expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 12);
    expect(normalCdf(-6) / 9.865876450377e-10).toBeCloseTo(1, 8);
  });

  test.each([
    [0.4, 50, 0.8, 0],
    [0.4, 50, 0.8, 70],
    [1, 20, 0.3, 25],
    [0.05, 900, 1.2, 3],
  ])('CRPS of p %p, mean %p, σ %p at %p equals the integral of (F − 1{y ≤ z})²', (p, mean, sigma, y) => {
    const distribution = spendDistribution(p, p * mean, sigma);
    const step = 0.1;
    let integral = 0;
    for (let z = step / 2; z < 30_000; z += step)
      integral += (spendCdf(distribution, z) - (y <= z ? 1 : 0)) ** 2 * step;
    expect(spendCrps(distribution, y) / integral).toBeCloseTo(1, 3);
  });

  test('PIT: within the atom at zero, else F', () => {
    const distribution = spendDistribution(0.4, 20, 0.8);
    expect(spendPit(distribution, 0, 0.25)).toBeCloseTo(0.15, 12);
    expect(spendPit(distribution, spendQuantile(distribution, 0.9), 0.1)).toBeCloseTo(0.9, 8);
  });
});

describe(`coverage of what the distribution itself draws (seed ${SEED})`, () => {
  const n = 4_000;

  test('counts: 80 and 95 %, flat PIT, plain 90 as expected', () => {
    const random = mulberry32(SEED);
    const distributions = Array.from({ length: n }, (_, i) => ({ mean: 0.1 + (i % 5), dispersion: 0.7 }));
    const actual = distributions.map(({ mean, dispersion }) =>
      drawPoisson(random, drawGamma(random, 1 / dispersion, 1 / (dispersion * mean))),
    );
    const { coverage80, coverage95, pit, plain90, plain90Expected } = countCoverage(distributions, actual, random);
    expect(coverage80).toBeCloseTo(0.8, 1);
    expect(Math.abs(coverage80 - 0.8)).toBeLessThan(0.025);
    expect(Math.abs(coverage95 - 0.95)).toBeLessThan(0.015);
    for (const share of pit) expect(Math.abs(share - 0.1)).toBeLessThan(0.02);
    expect(plain90).toBeGreaterThanOrEqual(plain90Expected - 0.02);
  });

  test('spend', () => {
    const random = mulberry32(SEED + 1);
    const distribution = spendDistribution(0.3, 30, 0.9);
    const actual = Array.from({ length: n }, () =>
      random() < 0.3 ? drawLognormal(random, distribution.mu, distribution.sigma) : 0,
    );
    const { coverage80, plain90, plain90Expected } = spendCoverage(
      actual.map(() => distribution),
      actual,
      random,
    );
    expect(Math.abs(coverage80 - 0.8)).toBeLessThan(0.025);
    expect(plain90Expected).toBeCloseTo(0.9, 12);
    expect(Math.abs(plain90 - 0.9)).toBeLessThan(0.02);
  });

  test('if most do nothing, plain 90 expects their share', () => {
    const nobody = Array.from({ length: 50 }, () => ({ mean: 0.02, dispersion: 0 }));
    const { plain90, plain90Expected } = countCoverage(nobody, new Array(50).fill(0), mulberry32(1));
    expect(plain90).toBe(1);
    expect(plain90Expected).toBeCloseTo(Math.exp(-0.02), 12);
  });
});
