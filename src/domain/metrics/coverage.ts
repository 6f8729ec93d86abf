import {
  type CountDistribution,
  countProbabilities,
  countQuantile,
  probabilityOfZero,
} from '../distribution/count-distribution';
import type { SpendDistribution } from '../distribution/spend-distribution';
import { spendQuantile } from '../distribution/spend-distribution';
import type { Random } from '../math/random';
import { spendCdf } from './spend-scores';

/** How often outcomes lay within the forecast distribution's intervals. */
export interface CoverageMeasures {
  /** Share of the randomised PIT in [0.1, 0.9] and in [0.025, 0.975]. It is 0.8 and 0.95 if the distributions are right. */
  readonly coverage80: number;
  readonly coverage95: number;
  /** Histogram of the randomised PIT over ten bins. It is flat at 0.1 if the distributions are right. */
  readonly pit: readonly number[]; // [10]
  /** Share of outcomes at or below the 90 % quantile, and its expectation: the mean over customers of max(0.9, P(0)). */
  readonly plain90: number;
  readonly plain90Expected: number;
}

/** Randomised PIT u = F(y−) + v·P(y), v uniform (Czado, Gneiting, Held 2009). */
export function countPit(distribution: CountDistribution, y: number, v: number): number {
  const { below, at } = countProbabilities(distribution, y);
  return below + v * at;
}

/** As {@link countPit}, but the only atom is at zero. `y` in major units. */
export function spendPit(distribution: SpendDistribution, y: number, v: number): number {
  return y > 0 ? spendCdf(distribution, y) : v * (1 - distribution.probability);
}

export function countCoverage(
  distributions: readonly CountDistribution[],
  actual: ArrayLike<number>,
  random: Random,
): CoverageMeasures {
  return coverage(
    distributions.map((distribution, i) => ({
      u: countPit(distribution, actual[i]!, random()),
      inPlain90: actual[i]! <= countQuantile(distribution, 0.9),
      none: probabilityOfZero(distribution),
    })),
  );
}

export function spendCoverage(
  distributions: readonly SpendDistribution[],
  actual: ArrayLike<number>,
  random: Random,
): CoverageMeasures {
  return coverage(
    distributions.map((distribution, i) => ({
      u: spendPit(distribution, actual[i]!, random()),
      inPlain90: actual[i]! <= spendQuantile(distribution, 0.9),
      none: 1 - distribution.probability,
    })),
  );
}

interface Covered {
  readonly u: number;
  readonly inPlain90: boolean;
  readonly none: number;
}

function coverage(rows: readonly Covered[]): CoverageMeasures {
  const share = (holds: (row: Covered) => boolean) => rows.filter(holds).length / rows.length;
  const pit = new Array<number>(10).fill(0);
  for (const { u } of rows) pit[Math.max(0, Math.min(9, Math.floor(u * 10)))]! += 1 / rows.length;
  return {
    coverage80: share(({ u }) => u >= 0.1 && u <= 0.9),
    coverage95: share(({ u }) => u >= 0.025 && u <= 0.975),
    pit,
    plain90: share(({ inPlain90 }) => inPlain90),
    plain90Expected: rows.reduce((sum, { none }) => sum + Math.max(0.9, none), 0) / rows.length,
  };
}
