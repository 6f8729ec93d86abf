import { normalCdf } from '../../../src/domain/distribution/normal';
import { normalQuantile } from '../../../src/domain/distribution/spend-distribution';
import { drawLognormal, mulberry32, type Random } from '../../../src/domain/math/random';
import { judgeSpend } from '../../../src/domain/metrics/forecast';
import {
  centralCoverage,
  FACTOR_RANGE,
  MAX_STEP,
  MIN_LABELS,
  MOST_LABELS,
  nextFactor,
  type SpendEvidence,
} from '../../../src/domain/promotion/sigma-adaptation';
import { testSeed } from '../../support/seeded';

const seed = testSeed();
const Z = normalQuantile(0.9);

/** Customers of any size and predicted sigma. Their true sigma is `times` as large; their mean is as predicted. */
function spenders(random: Random, count: number, times: number): SpendEvidence[] {
  return Array.from({ length: count }, () => {
    const given = 5 + 200 * random() ** 2;
    const logSpendSigma = 0.35 + 0.3 * random();
    const tau = times * logSpendSigma;
    return { given, logSpendSigma, spend: drawLognormal(random, Math.log(given) - (tau * tau) / 2, tau) };
  });
}

/** What the central 80 % under σ covers of the truth of {@link spenders}, worked out, averaged over the predicted sigmas. */
function trueCoverage(factor: number, times: number): number {
  const sigmas = Array.from({ length: 31 }, (_, i) => 0.35 + i / 100);
  const covered = sigmas.map((logSpendSigma) => {
    const [sigma, tau] = [factor * logSpendSigma, times * logSpendSigma];
    const at = (z: number) => normalCdf((z * sigma + (tau * tau - sigma * sigma) / 2) / tau);
    return at(Z) - at(-Z);
  });
  return covered.reduce((a, b) => a + b) / covered.length;
}

test('the coverage counts the customers inside, by hand', () => {
  // σ = 1, given 1: the median is e^−½, the interval from e^(−½ − 1.2816) = 0.168 to e^(−½ + 1.2816) = 2.185.
  const at = (spend: number): SpendEvidence => ({ given: 1, logSpendSigma: 1, spend });
  expect(centralCoverage([at(0.16), at(0.18), at(2.1), at(2.3)], 1)).toBe(0.5);
  // σ = ½: from 0.465 to 1.675.
  expect(centralCoverage([at(0.4), at(0.5), at(1.6), at(1.7)], 0.5)).toBe(0.5);
});

test(`few labels, or a coverage that is right, change little (CLV_TEST_SEED=${seed})`, () => {
  const random = mulberry32(seed);
  expect(nextFactor(spenders(random, MIN_LABELS - 1, 2), 1.1)).toBe(1.1);
  const right = spenders(random, 1_000, 1);
  expect(Math.abs(Math.log(nextFactor(right, 1)))).toBeLessThan(0.15);
});

test('an interval that is too wide is narrowed, even if a still wider one would cover 80 % because its median moves away', () => {
  // Truly σ is about 0.5. Believed 1.2, the interval holds nearly all; believed 2.6, its median is 3 % of the mean, and it holds few.
  const wide = spenders(mulberry32(seed), 400, 1).map((row) => ({ ...row, logSpendSigma: 1.2 }));
  expect(centralCoverage(wide, 1)).toBeGreaterThan(0.9);
  expect(centralCoverage(wide, 2.2)).toBeLessThan(0.8);
  expect(nextFactor(wide, 1)).toBeLessThan(0.9);
  expect(nextFactor(wide, 1.3)).toBeLessThan(1.2);
});

test('steps are bounded, and so is the factor, however wild the labels', () => {
  const random = mulberry32(seed);
  const wild = spenders(random, 500, 1).map((row, i) => ({ ...row, spend: row.spend * 10 ** (3 * ((i % 3) - 1)) }));
  for (const labels of [wild, spenders(random, 500, 6), spenders(random, 500, 0.05)]) {
    let factor = 1;
    for (let release = 0; release < 20; release++) {
      const next = nextFactor(labels, factor);
      expect(Math.abs(Math.log(next / factor))).toBeLessThanOrEqual(MAX_STEP + 1e-12);
      factor = next;
    }
    expect(factor).toBeGreaterThanOrEqual(FACTOR_RANGE.least);
    expect(factor).toBeLessThanOrEqual(FACTOR_RANGE.most);
  }
});

describe('after the true sigma has doubled', () => {
  const RELEASE_EVERY = 100;
  const LABELS = 1_100;

  /** Labels mature one by one; every so many a release is considered, as the trainer does. Returns the factor after each. */
  function adapt(random: Random, before: number, after: number): number[] {
    const labels = spenders(random, before, 1);
    const factors: number[] = [];
    let factor = 1;
    for (let matured = 0; matured < before + after; matured++) {
      if (matured >= before) labels.push(...spenders(random, 1, 2));
      const newest = labels.slice(0, Math.max(before, matured + 1)).slice(-MOST_LABELS);
      if (matured % RELEASE_EVERY === 0) factor = nextFactor(newest, factor);
      factors.push(factor);
    }
    return factors;
  }

  test('coverage is back at 80 ± 3 % after 1,100 matured labels, and stays, but for the noise of 1,000 labels', () => {
    const since = [1, 2, 3, 4, 5].flatMap((run) => {
      const factors = adapt(mulberry32(run), 1_500, LABELS + 1_500);
      expect(Math.abs(trueCoverage(factors[1_499]!, 1) - 0.8)).toBeLessThan(0.03);
      const off = factors.slice(1_500 + LABELS).map((factor) => Math.abs(trueCoverage(factor, 2) - 0.8));
      expect(off[0]).toBeLessThan(0.03);
      return off;
    });
    expect(since.filter((off) => off < 0.03).length).toBeGreaterThan(0.95 * since.length);
    expect(Math.max(...since)).toBeLessThan(0.05);
  });

  test('and without adaptation it is not', () => {
    expect(trueCoverage(1, 1)).toBeCloseTo(0.8, 8);
    expect(trueCoverage(1, 2)).toBeLessThan(0.55);
  });

  /** One of so many customers: orders with the probability said; who does spends about what is said, truly `times` as widely. */
  function customers(random: Random, count: number, times: number) {
    return Array.from({ length: count }, () => {
      const orders = 1 + 3 * random();
      const probability = 1 - Math.exp(-orders);
      const logSpendSigma = 0.35 + 0.3 * random();
      const [given, tau] = [(30 * orders) / probability, times * logSpendSigma];
      const ordered = random() < probability;
      const spend = ordered ? drawLognormal(random, Math.log(given) - (tau * tau) / 2, tau) : 0;
      return { forecast: { orders, dispersion: 0, spend: 30 * orders, logSpendSigma }, given, logSpendSigma, spend };
    });
  }

  test('so is the randomised PIT of everyone, including those who spent nothing; ranking and total stay', () => {
    const random = mulberry32(11);
    const labels = customers(random, 2_000, 2);
    const evidence = labels.filter(({ spend }) => spend > 0).slice(-MOST_LABELS);
    let factor = 1;
    for (let release = 0; release < 6; release++) factor = nextFactor(evidence, factor);
    const later = customers(random, 6_000, 2);
    const judged = (times: number) =>
      judgeSpend(
        later.map(({ forecast }) => ({ ...forecast, logSpendSigma: times * forecast.logSpendSigma })),
        later.map(({ spend }) => ({ orders: spend > 0 ? 1 : 0, spend })),
        1,
      );
    const [without, adapted] = [judged(1), judged(factor)];
    expect(without.coverage80).toBeLessThan(0.73);
    expect(Math.abs(adapted.coverage80 - 0.8)).toBeLessThan(0.03);
    expect(Math.abs(adapted.coverage95 - 0.95)).toBeLessThan(0.02);
    expect(adapted).toMatchObject({ bias: without.bias, nGini: without.nGini, brier: without.brier });
  });
});
