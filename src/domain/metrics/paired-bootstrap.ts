import type { Random } from '../random';
import { bootstrap, type Difference } from './bootstrap';
import { Ordering, rankingMeasures } from './ordering';

export interface PairedDifferences {
  readonly spearman: Difference;
  readonly nGini: Difference;
}

/**
 * Paired bootstrap over customers (Efron 1979): both rankings are judged on the same resamples. `first` may be several rankings (of
 * several seeds), whose measures are averaged.
 */
export function pairedBootstrap(
  first: readonly ArrayLike<number>[],
  second: ArrayLike<number>,
  actual: ArrayLike<number>,
  random: Random,
  resamples = 200,
): PairedDifferences {
  const n = actual.length;
  const firstOrderings = first.map((values) => new Ordering(values));
  const secondOrdering = new Ordering(second);
  const actualOrdering = new Ordering(actual);
  const [a, b] = [new Float64Array(n), new Float64Array(n)];
  const measure = (times: Uint8Array) => {
    actualOrdering.ranks(times, b);
    const of = (ordering: Ordering) => rankingMeasures(ordering.ranks(times, a), b, actual, times);
    const reference = of(secondOrdering);
    let [spearman, nGini] = [0, 0];
    for (const ordering of firstOrderings) {
      const found = of(ordering);
      spearman += (found.spearman - reference.spearman) / firstOrderings.length;
      nGini += (found.nGini - reference.nGini) / firstOrderings.length;
    }
    return { spearman, nGini };
  };
  return bootstrap(n, measure, random, resamples);
}
