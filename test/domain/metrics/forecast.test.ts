import { judgeCounts, judgeSpend } from '../../../src/domain/metrics/forecast';
import { meanJudgement, seedDeviation } from '../../../src/domain/metrics/mean-judgement';

const OUTCOMES = [
  { orders: 0, spend: 0 },
  { orders: 1, spend: 20 },
  { orders: 3, spend: 0 }, // all given back
  { orders: 2, spend: 90 },
];
const forecasts = (factor: number) =>
  [0.2, 0.9, 1.5, 2].map((orders) => ({
    orders: factor * orders,
    dispersion: 0.5,
    spend: 30 * factor * orders,
    logSpendSigma: 0.6,
  }));

describe('a judgement', () => {
  test('of orders and of spend share probability and outcome of "buys again"', () => {
    const [counts, spend] = [judgeCounts(forecasts(1), OUTCOMES, 1), judgeSpend(forecasts(1), OUTCOMES, 1)];
    for (const measure of ['brier', 'ece', 'accuracy', 'precision', 'recall', 'f1'] as const) {
      expect(spend[measure]).toBeCloseTo(counts[measure], 12);
    }
    expect(counts.bias).toBeCloseTo(4.6 / 6 - 1, 12);
    expect(spend.bias).toBeCloseTo((30 * 4.6) / 110 - 1, 12);
    expect(counts.customers).toBe(4);
  });

  test('is determined by the seed of its randomised PIT', () => {
    expect(judgeCounts(forecasts(1), OUTCOMES, 3)).toEqual(judgeCounts(forecasts(1), OUTCOMES, 3));
  });

  test('a forecast of nothing is judged, not divided by', () => {
    const nothing = OUTCOMES.map(() => ({ orders: 0, dispersion: 1, spend: 0, logSpendSigma: 1 }));
    expect(judgeSpend(nothing, OUTCOMES, 1).crps).toBeCloseTo(110 / 4, 5);
    expect(judgeCounts(nothing, OUTCOMES, 1).crps).toBeCloseTo(6 / 4, 5);
  });
});

describe('over seeds', () => {
  const each = [1, 3].map((factor) => judgeCounts(forecasts(factor), OUTCOMES, 1));

  test('every measure and every table is the mean', () => {
    const mean = meanJudgement(each);
    expect(mean.bias).toBeCloseTo((each[0]!.bias + each[1]!.bias) / 2, 12);
    expect(mean.pit[3]).toBeCloseTo((each[0]!.pit[3]! + each[1]!.pit[3]!) / 2, 12);
    expect(mean.deciles[0]!.predicted).toBeCloseTo(4, 12);
    expect(meanJudgement([each[0]!])).toEqual(each[0]);
  });

  test('the deviation is that of a sample', () => {
    expect(seedDeviation(each, 'bias')).toBeCloseTo(Math.abs(each[0]!.bias - each[1]!.bias) / Math.SQRT2, 12);
    expect(seedDeviation([each[0]!], 'bias')).toBe(0);
  });
});
