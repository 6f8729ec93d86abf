import { drawGamma, drawPoisson, mulberry32 } from '../../../src/domain/math/random';
import { spearman } from '../../../src/domain/metrics/rank-correlation';
import { normalizedGini } from '../../../src/domain/metrics/ranking';
import { judgeValue, pairedValueDifferences } from '../../../src/domain/metrics/value-judgement';

const SEED = 15;

describe('forecasts of value against what happened and the truth', () => {
  // Ten customers; who is expected to spend 40 is ranked third by the forecast.
  const known = {
    expected: [0, 0, 0, 0, 10, 10, 10, 10, 20, 40],
    realised: [0, 0, 0, 0, 0, 0, 0, 30, 15, 55],
  };

  test('by hand, ties sharing', () => {
    const forecast = [1, 1, 1, 1, 1, 1, 9, 9, 50, 9];
    const judged = judgeValue(forecast, known);
    expect(judged.top10).toBeCloseTo(20 / 100, 12);
    // The second place is shared by three with 10 + 10 + 40.
    expect(judged.top20).toBeCloseTo((20 + 60 / 3) / 100, 12);
    expect(judged.trueBias).toBeCloseTo(83 / 100 - 1, 12);
    expect(judged.trueRmse).toBeCloseTo(Math.sqrt((4 * 1 + 2 * 81 + 2 * 1 + 900 + 961) / 10), 12);
    expect(judged.rmse).toBeCloseTo(Math.sqrt((6 * 1 + 81 + 21 ** 2 + 35 ** 2 + 46 ** 2) / 10), 12);
    expect(judged.nGini).toBeCloseTo(normalizedGini(forecast, known.realised), 12);
    expect(judged.spearman).toBeCloseTo(spearman(forecast, known.realised), 12);
    expect(judged.trueNGini).toBeCloseTo(normalizedGini(forecast, known.expected), 12);
    expect(judged.trueSpearman).toBeCloseTo(spearman(forecast, known.expected), 12);
  });

  test('the oracle has no error against the truth and captures the most', () => {
    const oracle = judgeValue(known.expected, known);
    expect(oracle).toMatchObject({ trueRmse: 0, trueBias: 0, top10: 0.4, top20: 0.6 });
    expect(oracle.trueNGini).toBeCloseTo(1, 12);
    expect(oracle.trueSpearman).toBeCloseTo(1, 12);
  });
});

describe(`regret of forecasts against an oracle (seed ${SEED})`, () => {
  const random = mulberry32(SEED);
  const expected = Array.from({ length: 800 }, () => drawGamma(random, 0.5, 0.05));
  const realised = expected.map((mean) => drawPoisson(random, mean));
  const noisy = (scale: number) => expected.map((mean) => mean * (1 - scale + 2 * scale * random()));
  const blind = expected.map(() => random());
  const regret = (forecasts: readonly number[][], against: readonly number[][] = [expected]) =>
    pairedValueDifferences(forecasts, against, { expected, realised }, mulberry32(1), 60);

  test('the oracle’s against itself is 0 in everything', () => {
    for (const difference of Object.values(regret([expected]))) {
      expect(difference).toEqual({ difference: 0, low: 0, high: 0, sd: 0 });
    }
  });

  test('a random order misses what lies beyond a tenth, outside the noise', () => {
    const { top10, top20, trueNGini, nGini, trueRmse } = regret([blind]);
    const most = judgeValue(expected, { expected, realised });
    expect(top10.difference).toBeCloseTo(0.1 - most.top10, 1);
    expect(top20.difference).toBeCloseTo(0.2 - most.top20, 1);
    expect(trueNGini.difference).toBeLessThan(-0.85);
    for (const { high } of [top10, top20, trueNGini, nGini]) expect(high).toBeLessThan(-0.2);
    expect(trueRmse.low).toBeGreaterThan(5);
  });

  test('a slightly wrong forecast loses a little, less than a rough one', () => {
    const [fine, rough] = [regret([noisy(0.1)]), regret([noisy(0.9)])];
    for (const name of ['trueNGini', 'top10', 'top20'] as const) {
      expect(fine[name].difference).toBeLessThan(0);
      expect(rough[name].difference).toBeLessThan(fine[name].difference);
    }
    expect(rough.trueRmse.low).toBeGreaterThan(fine.trueRmse.high);
  });

  test('several forecasts are averaged on either side', () => {
    const [a, b] = [noisy(0.3), noisy(0.6)];
    const both = regret([a, b]).top10.difference;
    expect(both).toBeCloseTo((regret([a]).top10.difference + regret([b]).top10.difference) / 2, 12);
    expect(regret([expected], [a, b]).top10.difference).toBeCloseTo(-both, 12);
  });
});
