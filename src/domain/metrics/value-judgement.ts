import type { Random } from '../math/random';
import { bootstrap, type Difference } from './bootstrap';
import { Ordering, rankingMeasures } from './ordering';

/** Measures of value forecasts, against what happened and against the true expectation. Only simulated customers have the latter. */
export interface ValueMeasures {
  /** Against what happened. */
  readonly nGini: number;
  readonly spearman: number;
  readonly rmse: number;
  /** Against the true expectation. */
  readonly trueNGini: number;
  readonly trueSpearman: number;
  readonly trueRmse: number;
  /** Predicted total ÷ true total − 1. */
  readonly trueBias: number;
  /** Share of the true total in the top 10 % and the top 20 % of the ranking. */
  readonly top10: number;
  readonly top20: number;
}

export type ValueDifferences = Readonly<Record<keyof ValueMeasures, Difference>>;

/** By customer, in one unit: what happened in the span, and the true expectation it was drawn from. */
export interface KnownValue {
  readonly realised: ArrayLike<number>;
  readonly expected: ArrayLike<number>;
}

/** The measures of one forecast. */
export function judgeValue(predicted: ArrayLike<number>, known: KnownValue): ValueMeasures {
  return new ValueJudge(known).of(new Forecast(predicted), new Uint8Array(predicted.length).fill(1));
}

/** Mean measures of the first forecasts (one per seed) less those of the second, paired over customers. */
export function pairedValueDifferences(
  first: readonly ArrayLike<number>[],
  second: readonly ArrayLike<number>[],
  known: KnownValue,
  random: Random,
  resamples = 200,
): ValueDifferences {
  const judge = new ValueJudge(known);
  const [ours, theirs] = [first, second].map((side) => side.map((values) => new Forecast(values))) as [
    Forecast[],
    Forecast[],
  ];
  const statistics = (times: Uint8Array) => {
    const meanOf = (side: readonly Forecast[]) => meanMeasures(side.map((forecast) => judge.of(forecast, times)));
    const [a, b] = [meanOf(ours), meanOf(theirs)];
    return Object.fromEntries(MEASURES.map((name) => [name, a[name] - b[name]])) as unknown as ValueMeasures;
  };
  return bootstrap<keyof ValueMeasures>(known.realised.length, statistics, random, resamples);
}

const MEASURES = [
  'nGini',
  'spearman',
  'rmse',
  'trueNGini',
  'trueSpearman',
  'trueRmse',
  'trueBias',
  'top10',
  'top20',
] as const satisfies readonly (keyof ValueMeasures)[];

export function meanMeasures(measures: readonly ValueMeasures[]): ValueMeasures {
  const meanOf = (name: keyof ValueMeasures) => measures.reduce((sum, one) => sum + one[name], 0) / measures.length;
  return Object.fromEntries(MEASURES.map((name) => [name, meanOf(name)])) as unknown as ValueMeasures;
}

class Forecast {
  readonly ordering: Ordering;

  constructor(readonly values: ArrayLike<number>) {
    this.ordering = new Ordering(values);
  }
}

/** Computes measures on resamples, each of which contains customer i `times[i]` times. */
class ValueJudge {
  private readonly realisedOrdering: Ordering;
  private readonly expectedOrdering: Ordering;
  private readonly ranks: Float64Array;
  private readonly actualRanks: Float64Array;

  constructor(private readonly known: KnownValue) {
    this.realisedOrdering = new Ordering(known.realised);
    this.expectedOrdering = new Ordering(known.expected);
    this.ranks = new Float64Array(known.realised.length);
    this.actualRanks = new Float64Array(known.realised.length);
  }

  of({ values, ordering }: Forecast, times: Uint8Array): ValueMeasures {
    const { realised, expected } = this.known;
    const n = values.length;
    let [squared, trueSquared, predictedTotal, total] = [0, 0, 0, 0];
    for (let i = 0; i < n; i++) {
      const w = times[i]!;
      squared += w * (values[i]! - realised[i]!) ** 2;
      trueSquared += w * (values[i]! - expected[i]!) ** 2;
      predictedTotal += w * values[i]!;
      total += w * expected[i]!;
    }
    ordering.ranks(times, this.ranks);
    const happened = this.ranking(this.realisedOrdering, realised, times);
    const truth = this.ranking(this.expectedOrdering, expected, times);
    return {
      nGini: happened.nGini,
      spearman: happened.spearman,
      rmse: Math.sqrt(squared / n),
      trueNGini: truth.nGini,
      trueSpearman: truth.spearman,
      trueRmse: Math.sqrt(trueSquared / n),
      trueBias: predictedTotal / total - 1,
      top10: ordering.topSum(times, expected, n / 10) / total,
      top20: ordering.topSum(times, expected, n / 5) / total,
    };
  }

  /** Measures of the ranks in `ranks`, against the actual values in that resample. */
  private ranking(actualOrdering: Ordering, actual: ArrayLike<number>, times: Uint8Array) {
    actualOrdering.ranks(times, this.actualRanks);
    return rankingMeasures(this.ranks, this.actualRanks, actual, times);
  }
}
