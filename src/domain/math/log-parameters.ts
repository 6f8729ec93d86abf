import { nelderMead } from './nelder-mead';

/** Range of a positive parameter. `start` lies inside it. */
export interface ParameterRange {
  readonly start: number;
  readonly least: number;
  readonly most: number;
}

/**
 * Nats per squared log unit of distance from the start. It holds a parameter near the start if the data do not determine it, and is
 * negligible otherwise.
 */
const PULL = 1e-3;
/** Nats per squared log unit outside the range. Steep enough that a fit ends hardly outside it. */
const WALL = 1e4;

/**
 * Maximum-likelihood estimate of positive parameters within ranges, by Nelder and Mead on their logarithms. Never NaN: a likelihood
 * without a maximum (a dropout rate that goes to zero) ends at the edge of its range.
 */
export function fitPositive(
  ranges: readonly ParameterRange[],
  logLikelihood: (parameters: readonly number[]) => number,
): readonly number[] {
  const starts = ranges.map(({ start }) => Math.log(start));
  const inside = (point: readonly number[]) =>
    ranges.map(({ least, most }, i) => Math.min(most, Math.max(least, Math.exp(point[i]!))));
  const { point } = nelderMead((logs) => {
    const parameters = inside(logs);
    let penalty = 0;
    parameters.forEach((parameter, i) => {
      penalty += PULL * (logs[i]! - starts[i]!) ** 2 + WALL * (logs[i]! - Math.log(parameter)) ** 2;
    });
    return penalty - logLikelihood(parameters);
  }, starts);
  return inside(point);
}
