import type { Random } from '../math/random';
import { bootstrap, type Difference } from './bootstrap';
import { mean } from './errors';
import { Ordering, rankingMeasures } from './ordering';

export interface PairedDifferences {
  readonly spearman: Difference;
  readonly nGini: Difference;
}

/**
 * Paired bootstrap over customers (Efron 1979): both sides use the same resamples. Each side may be several rankings (of several seeds),
 * whose measures are averaged.
 */
export function pairedBootstrap(
  first: readonly ArrayLike<number>[],
  second: readonly ArrayLike<number>[],
  actual: ArrayLike<number>,
  random: Random,
  resamples = 200,
): PairedDifferences {
  const n = actual.length;
  const firstOrderings = first.map((values) => new Ordering(values));
  const secondOrderings = second.map((values) => new Ordering(values));
  const actualOrdering = new Ordering(actual);
  const [a, b] = [new Float64Array(n), new Float64Array(n)];
  const measure = (times: Uint8Array) => {
    actualOrdering.ranks(times, b);
    const meanOf = (orderings: readonly Ordering[]) => {
      const found = orderings.map((ordering) => rankingMeasures(ordering.ranks(times, a), b, actual, times));
      return { spearman: mean(found.map((one) => one.spearman)), nGini: mean(found.map((one) => one.nGini)) };
    };
    const [one, other] = [meanOf(firstOrderings), meanOf(secondOrderings)];
    return { spearman: one.spearman - other.spearman, nGini: one.nGini - other.nGini };
  };
  return bootstrap(n, measure, random, resamples);
}
