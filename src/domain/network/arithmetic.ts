/**
 * target += x · matrix, the inner loop of the product. x [n] starts at `at`; matrix [n, target.length] is row-major and starts at `from`. It
 * takes four rows per pass, so each sum is loaded and stored once for four products. Rows whose x is 0 are skipped: most inputs are one-hot.
 * Arguments are positional, as in the other kernels: it runs several times per step, and an object per call would be garbage.
 */
export function addProduct(
  target: Float64Array,
  x: Float32Array | Float64Array,
  at: number,
  n: number,
  matrix: Float32Array,
  from: number,
): void {
  const columns = target.length;
  let pending = 0;
  let row0 = 0;
  let row1 = 0;
  let row2 = 0;
  let x0 = 0;
  let x1 = 0;
  let x2 = 0;
  for (let j = 0; j < n; j++) {
    const value = x[at + j]!;
    if (value === 0) continue;
    const row = from + j * columns;
    if (pending === 0) {
      row0 = row;
      x0 = value;
    } else if (pending === 1) {
      row1 = row;
      x1 = value;
    } else if (pending === 2) {
      row2 = row;
      x2 = value;
    } else {
      for (let k = 0; k < columns; k++) {
        target[k]! +=
          x0 * matrix[row0 + k]! + x1 * matrix[row1 + k]! + x2 * matrix[row2 + k]! + value * matrix[row + k]!;
      }
      pending = 0;
      continue;
    }
    pending += 1;
  }
  if (pending > 0) for (let k = 0; k < columns; k++) target[k]! += x0 * matrix[row0 + k]!;
  if (pending > 1) for (let k = 0; k < columns; k++) target[k]! += x1 * matrix[row1 + k]!;
  if (pending > 2) for (let k = 0; k < columns; k++) target[k]! += x2 * matrix[row2 + k]!;
}

export function sigmoid(x: number): number {
  return 1 / (1 + Math.exp(-x));
}

export function softplus(x: number): number {
  return x > 30 ? x : Math.log1p(Math.exp(x));
}
