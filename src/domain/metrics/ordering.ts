/** A ranking by prediction. It is sorted once, so a measure on a resample costs one pass. */
export class Ordering {
  private readonly order: Uint32Array;
  private readonly startsTie: Uint8Array;

  constructor(values: ArrayLike<number>) {
    const sorted = Array.from(values, (_, i) => i).sort((a, b) => values[a]! - values[b]!);
    this.order = Uint32Array.from(sorted);
    this.startsTie = Uint8Array.from(sorted, (i, at) => (at === 0 || values[sorted[at - 1]!] !== values[i] ? 1 : 0));
  }

  /** Average ranks of the resample that contains customer i `times[i]` times. Ranks are written for every i, drawn or not. */
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

  /**
   * Sum of `values` over the `count` customers ranked highest in that resample. Customers tied at the edge contribute a proportional
   * part.
   */
  topSum(times: Uint8Array, values: ArrayLike<number>, count: number): number {
    const { order, startsTie } = this;
    let left = count;
    let sum = 0;
    for (let to = order.length; to > 0 && left > 0; ) {
      let size = 0;
      let tied = 0;
      let from = to;
      do {
        const i = order[--from]!;
        size += times[i]!;
        tied += times[i]! * values[i]!;
      } while (startsTie[from] === 0);
      if (size > 0) sum += tied * Math.min(1, left / size);
      left -= size;
      to = from;
    }
    return sum;
  }
}

/** Spearman and normalised Gini of a weighted sample, from the average ranks of both sides. */
export function rankingMeasures(x: Float64Array, y: Float64Array, actual: ArrayLike<number>, times: Uint8Array) {
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
