/** Errors of expected values. `predicted` and `actual` are by customer, in the same unit. */
export interface ErrorMeasures {
  /** Total predicted ÷ total actual − 1. */
  readonly bias: number;
  readonly mae: number;
  readonly rmse: number;
  /** 1 − squared error ÷ squared distance from the actual mean. */
  readonly r2: number;
  /** Pearson's correlation. NaN if one side is constant. */
  readonly r: number;
}

export function errorMeasures(predicted: ArrayLike<number>, actual: ArrayLike<number>): ErrorMeasures {
  const n = actual.length;
  const [meanPredicted, meanActual] = [mean(predicted), mean(actual)];
  let absolute = 0;
  let squared = 0;
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (let i = 0; i < n; i++) {
    const error = predicted[i]! - actual[i]!;
    absolute += Math.abs(error);
    squared += error * error;
    const [dx, dy] = [predicted[i]! - meanPredicted, actual[i]! - meanActual];
    xx += dx * dx;
    yy += dy * dy;
    xy += dx * dy;
  }
  return {
    bias: meanPredicted / meanActual - 1,
    mae: absolute / n,
    rmse: Math.sqrt(squared / n),
    r2: 1 - squared / yy,
    r: xy / Math.sqrt(xx * yy),
  };
}

export function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]!;
  return sum / values.length;
}
