/** A tenth of the customers. The first decile has the highest predictions. */
export interface Decile {
  readonly customers: number;
  /** Means per customer. */
  readonly predicted: number;
  readonly actual: number;
}

const TENTHS = 10;

/**
 * Splits customers by falling prediction into ten parts of nearly equal size. Equal predictions share their outcomes, so their order does
 * not matter.
 */
export function deciles(predicted: ArrayLike<number>, actual: ArrayLike<number>): Decile[] {
  const ranked = byFallingPrediction(predicted, actual);
  const n = ranked.length;
  return Array.from({ length: TENTHS }, (_, d) => {
    const part = ranked.slice(Math.round((d * n) / TENTHS), Math.round(((d + 1) * n) / TENTHS));
    const meanOf = (value: (row: RankedRow) => number) => part.reduce((sum, row) => sum + value(row), 0) / part.length;
    return { customers: part.length, predicted: meanOf((row) => row.predicted), actual: meanOf((row) => row.actual) };
  }).filter(({ customers }) => customers > 0);
}

/** Mean |predicted − actual| ÷ actual over the deciles (Wang, Liu, Miao 2019). Deciles with an actual of 0 are left out. */
export function decileMape(rows: readonly Decile[]): number {
  const happened = rows.filter(({ actual }) => actual > 0);
  return happened.reduce((sum, { predicted, actual }) => sum + Math.abs(predicted / actual - 1), 0) / happened.length;
}

/** Σ |predicted − actual| ÷ Σ actual over the deciles. */
export function decileWape(rows: readonly Decile[]): number {
  const weighted = (value: (row: Decile) => number) => rows.reduce((sum, row) => sum + row.customers * value(row), 0);
  return weighted(({ predicted, actual }) => Math.abs(predicted - actual)) / weighted(({ actual }) => actual);
}

/** Gain curve: share of the actual total in the top share of the customers, at `points` + 1 positions from 0 to 1. */
export function gainCurve(predicted: ArrayLike<number>, actual: ArrayLike<number>, points = 50): number[] {
  const ranked = byFallingPrediction(predicted, actual);
  const cumulative = [0];
  for (const row of ranked) cumulative.push(cumulative[cumulative.length - 1]! + row.actual);
  const total = cumulative[ranked.length]!;
  return Array.from({ length: points + 1 }, (_, k) => cumulative[Math.round((k * ranked.length) / points)]! / total);
}

interface RankedRow {
  readonly predicted: number;
  readonly actual: number;
}

function byFallingPrediction(predicted: ArrayLike<number>, actual: ArrayLike<number>): RankedRow[] {
  const order = Array.from(predicted, (_, i) => i).sort((a, b) => predicted[b]! - predicted[a]!);
  const rows: RankedRow[] = [];
  for (let from = 0; from < order.length; ) {
    let to = from;
    let sum = 0;
    while (to < order.length && predicted[order[to]!] === predicted[order[from]!]) sum += actual[order[to++]!]!;
    for (let i = from; i < to; i++) rows.push({ predicted: predicted[order[from]!]!, actual: sum / (to - from) });
    from = to;
  }
  return rows;
}
