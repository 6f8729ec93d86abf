import type { Random } from '../random';

/** A ranking by prediction, sorted once, so that a resampled measure costs one pass. */
class Ordering {
  private readonly order: Uint32Array;
  private readonly startsTie: Uint8Array;

  constructor(values: ArrayLike<number>) {
    const sorted = Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
    this.order = Uint32Array.from(sorted);
    this.startsTie = Uint8Array.from(sorted, (i, at) => (at === 0 || values[sorted[at - 1]!] !== values[i] ? 1 : 0));
  }

  /** Average ranks of the resample in which customer i stands `times[i]` times; written for every i, drawn or not. */
  ranks(times: Uint8Array, out: Float64Array): Float64Array {
    const { order, startsTie } = this;
    let before = 0;
    for (let from = 0; from < order.length; ) {
      let to = from;
      let size = 0;
      do size += times[order[to]!]!;
      while (++to < order.length && startsTie[to] === 0);
      for (let k = from; k < to; k++) out[order[k]!] = before + (size + 1) / 2;
      before += size;
      from = to;
    }
    return out;
  }
}

export interface Difference {
  /** First less second on the customers themselves. */
  readonly difference: number;
  /** 95 % interval and standard deviation over the resamples. */
  readonly low: number;
  readonly high: number;
  readonly sd: number;
}

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
    const of = (ordering: Ordering) => measures(ordering.ranks(times, a), b, actual, times);
    const reference = of(secondOrdering);
    let [spearman, nGini] = [0, 0];
    for (const ordering of firstOrderings) {
      const found = of(ordering);
      spearman += (found.spearman - reference.spearman) / firstOrderings.length;
      nGini += (found.nGini - reference.nGini) / firstOrderings.length;
    }
    return { spearman, nGini };
  };
  const whole = measure(new Uint8Array(n).fill(1));
  const drawn = Array.from({ length: resamples }, () => {
    const times = new Uint8Array(n);
    for (let i = 0; i < n; i++) times[Math.floor(random() * n)]!++;
    return measure(times);
  });
  return {
    spearman: difference(
      whole.spearman,
      drawn.map((one) => one.spearman),
    ),
    nGini: difference(
      whole.nGini,
      drawn.map((one) => one.nGini),
    ),
  };
}

/** Spearman and normalised Gini of a weighted sample from the average ranks of both sides. */
function measures(x: Float64Array, y: Float64Array, actual: ArrayLike<number>, times: Uint8Array) {
  const middle = (actual.length + 1) / 2;
  let [xy, xx, yy, gini, best] = [0, 0, 0, 0, 0];
  for (let i = 0; i < actual.length; i++) {
    const w = times[i]!;
    if (w === 0) continue;
    const [dx, dy] = [x[i]! - middle, y[i]! - middle];
    xy += w * dx * dy;
    xx += w * dx * dx;
    yy += w * dy * dy;
    gini += w * actual[i]! * dx;
    best += w * actual[i]! * dy;
  }
  return { spearman: xx === 0 ? 0 : xy / Math.sqrt(xx * yy), nGini: gini / best };
}

function difference(whole: number, drawn: number[]): Difference {
  const sorted = [...drawn].sort((a, b) => a - b);
  const middle = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
  const variance = drawn.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (drawn.length - 1);
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))]!;
  return { difference: whole, low: at(0.025), high: at(0.975), sd: Math.sqrt(variance) };
}
