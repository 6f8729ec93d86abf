const MOST_TERMS = 20_000;
const PRECISION = 1e-13;

/**
 * ₂F₁(1, b; c; z) for 0 ≤ z < 1 and 0 < b < c, by Gauss's continued fraction (DLMF 15.7) with Lentz's evaluation. Near z = 1 it needs
 * about 18/√(1 − z) terms; the power series needs 35/(1 − z). Its coefficients lie in (0, 1), so no denominator comes near 0.
 */
export function hypergeometricOne(b: number, c: number, z: number): number {
  if (z <= 0) return 1;
  // F = 1/(1 − a₁z/(1 − a₂z/(1 − …))), a₂ₖ₊₁ = (b+k)(c+k−1)/((c+2k−1)(c+2k)), a₂ₖ = k(c−b+k−1)/((c+2k−2)(c+2k−1)).
  let f = 1;
  let C = 1;
  let D = 0;
  for (let n = 1; n <= MOST_TERMS; n++) {
    const k = n >> 1;
    const a =
      n % 2 === 1
        ? k === 0
          ? b / c
          : ((b + k) * (c + k - 1)) / ((c + 2 * k - 1) * (c + 2 * k))
        : (k * (c - b + k - 1)) / ((c + 2 * k - 2) * (c + 2 * k - 1));
    D = 1 / (1 - a * z * D);
    C = 1 - (a * z) / C;
    const change = C * D;
    f *= change;
    if (Math.abs(change - 1) < PRECISION) break;
  }
  return 1 / f;
}

/**
 * ₂F₁(a, b; c; z) for |z| < 1 by its power series; c must not be a whole number below 1. If many terms would be needed, transform first.
 */
export function hypergeometricSeries(a: number, b: number, c: number, z: number): number {
  let term = 1;
  let sum = 1;
  for (let n = 0; n < MOST_TERMS; n++) {
    const ratio = ((a + n) * (b + n) * z) / ((c + n) * (n + 1));
    term *= ratio;
    sum += term;
    if (Math.abs(term) < PRECISION * Math.abs(sum) && Math.abs(ratio) < 1) break;
  }
  return sum;
}
