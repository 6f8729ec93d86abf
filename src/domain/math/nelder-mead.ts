export interface SimplexOptions {
  /** Initial edge length of the simplex, in the unit of each coordinate. */
  readonly step: number;
  /** The search ends when the simplex's values differ by less than this. */
  readonly tolerance: number;
  readonly mostEvaluations: number;
}

export interface Minimum {
  readonly point: readonly number[];
  readonly value: number;
  readonly evaluations: number;
}

interface Vertex {
  readonly point: readonly number[];
  readonly value: number;
}

const DEFAULTS: SimplexOptions = { step: 0.5, tolerance: 1e-6, mostEvaluations: 3_000 };

/**
 * Minimum of a function without derivatives, by the simplex of Nelder and Mead (1965). It restarts once from the result, because a
 * simplex may collapse early. NaN counts as infinite.
 */
export function nelderMead(
  objective: (point: readonly number[]) => number,
  start: readonly number[],
  options: Partial<SimplexOptions> = {},
): Minimum {
  const settings = { ...DEFAULTS, ...options };
  const first = descend(objective, start, settings);
  const second = descend(objective, first.point, { ...settings, step: settings.step / 3 });
  return { ...second, evaluations: first.evaluations + second.evaluations };
}

function descend(objective: (point: readonly number[]) => number, start: readonly number[], options: SimplexOptions) {
  let evaluations = 0;
  const at = (point: readonly number[]): Vertex => {
    evaluations++;
    const value = objective(point);
    return { point, value: Number.isNaN(value) ? Number.POSITIVE_INFINITY : value };
  };
  const n = start.length;
  const simplex = [at(start), ...start.map((_, i) => at(start.map((x, j) => (i === j ? x + options.step : x))))];
  for (;;) {
    simplex.sort((a, b) => a.value - b.value);
    const best = simplex[0]!;
    const worst = simplex[n]!;
    if (worst.value - best.value < options.tolerance || evaluations >= options.mostEvaluations) break;
    const centre = start.map((_, j) => simplex.slice(0, n).reduce((sum, { point }) => sum + point[j]!, 0) / n);
    const along = (t: number) => at(centre.map((x, j) => x + t * (worst.point[j]! - x)));
    const reflected = along(-1);
    if (reflected.value < best.value) {
      const expanded = along(-2);
      simplex[n] = expanded.value < reflected.value ? expanded : reflected;
    } else if (reflected.value < simplex[n - 1]!.value) {
      simplex[n] = reflected;
    } else {
      const contracted = reflected.value < worst.value ? along(-0.5) : along(0.5);
      if (contracted.value < Math.min(reflected.value, worst.value)) simplex[n] = contracted;
      else {
        for (let i = 1; i <= n; i++) {
          simplex[i] = at(best.point.map((x, j) => (x + simplex[i]!.point[j]!) / 2));
        }
      }
    }
  }
  return { ...simplex[0]!, evaluations };
}
