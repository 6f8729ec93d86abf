import { mulberry32 } from '../../src/domain/math/random';
import type { JudgedScore } from '../../src/domain/prequential/judged-score';
import { figuresOf, type PrequentialReport, SERVED } from '../../src/domain/prequential/report';

/** A report of made-up scores: two horizons are judged, two are not. The current version is judged at 7 days only. */
export function fakeReport(change: Partial<PrequentialReport> = {}): PrequentialReport {
  const random = mulberry32(9);
  const scores = Array.from({ length: 600 }, (_, sequence): JudgedScore => {
    const orders = 2 * random() ** 2;
    const actual = random() < orders / 2 ? 1 + Math.floor(3 * random() ** 3) : 0;
    return {
      horizon: 0,
      sequence,
      atS: sequence,
      modelVersion: 'm-old',
      segment: Math.floor(4 * random()),
      predicted: { orders, dispersion: 1, spendMinor: 4_000 * orders, logSpendSigma: 0.7 },
      actual: { orders: actual, spendMinor: actual * (2_000 + 4_000 * random()) },
    };
  });
  const of = (model: string, from: number, count: number) => figuresOf(model, scores.slice(from, from + count), 100)!;
  return {
    asOfS: 1_700_000_000,
    currentVersion: 'm-new',
    previousVersion: 'm-old',
    horizons: [
      {
        days: 7,
        judged: 2_400,
        nextInDays: 0.4,
        models: [of(SERVED, 0, 600), of('m-new', 0, 200), of('m-old', 200, 400)],
      },
      { days: 30, judged: 300, nextInDays: 1.5, models: [of(SERVED, 0, 300)] },
      { days: 90, judged: 0, nextInDays: 51, models: [] },
      { days: 365, judged: 0, nextInDays: null, models: [] },
    ],
    ...change,
  };
}
