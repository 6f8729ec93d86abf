/** Nodes and weights of the five-point Gauss–Legendre rule on [−1, 1]: exact for polynomials up to degree 9. */
const OUTER = Math.sqrt(5 + 2 * Math.sqrt(10 / 7)) / 3;
const INNER = Math.sqrt(5 - 2 * Math.sqrt(10 / 7)) / 3;
const OUTER_WEIGHT = (322 - 13 * Math.sqrt(70)) / 900;
const INNER_WEIGHT = (322 + 13 * Math.sqrt(70)) / 900;
const RULE = [
  [-OUTER, OUTER_WEIGHT],
  [-INNER, INNER_WEIGHT],
  [0, 128 / 225],
  [INNER, INNER_WEIGHT],
  [OUTER, OUTER_WEIGHT],
] as const;
const FIRST_PANELS = 2;
const MOST_PANELS = 64;

/** Adds to `target`: `weight` times the vector at position `way` (0 to 1) of the path. */
export type Integrand = (target: Float64Array, way: number, weight: number) => void;

/**
 * Integrates a vector over [0, 1]. The panels are halved until the vector sums to `total` within `allowed`, or until there are 64. The
 * sum is already computed exactly, so it shows the error.
 */
export function integrateTo(total: number, allowed: number, size: number, add: Integrand): Float64Array {
  for (let panels = FIRST_PANELS; ; panels *= 2) {
    const integral = new Float64Array(size);
    for (let panel = 0; panel < panels; panel++) {
      for (const [node, weight] of RULE) add(integral, (panel + (1 + node) / 2) / panels, weight / (2 * panels));
    }
    const sum = integral.reduce((left, value) => left + value, 0);
    if (Math.abs(total - sum) <= allowed || panels >= MOST_PANELS) return integral;
  }
}
