/** target[k] += Σ_j x[j] · matrix[j, k]. x [n] and target [columns] each start at their own position; the matrix is row-major. */
export function addRows(
  target: Float64Array,
  targetAt: number,
  columns: number,
  x: Float64Array,
  xAt: number,
  n: number,
  matrix: Float32Array,
  matrixAt: number,
): void {
  for (let j = 0; j < n; j++) {
    const value = x[xAt + j]!;
    if (value === 0) continue;
    const row = matrixAt + j * columns;
    for (let k = 0; k < columns; k++) target[targetAt + k]! += value * matrix[row + k]!;
  }
}

/** target[j] += Σ_k y[k] · matrix[j, k]: the transpose of {@link addRows}; target [n], y [columns]. */
export function dotRows(
  target: Float64Array,
  targetAt: number,
  n: number,
  y: Float64Array,
  yAt: number,
  columns: number,
  matrix: Float32Array,
  matrixAt: number,
): void {
  for (let j = 0; j < n; j++) {
    const row = matrixAt + j * columns;
    let sum = 0;
    for (let k = 0; k < columns; k++) sum += y[yAt + k]! * matrix[row + k]!;
    target[targetAt + j]! += sum;
  }
}
