import { quantileOf } from '../math/quantile';
import type { Random } from '../math/random';

export interface Difference {
  /** For the customers themselves, without resampling. */
  readonly difference: number;
  /** 95 % interval and standard deviation over the resamples. */
  readonly low: number;
  readonly high: number;
  readonly sd: number;
}

/**
 * Bootstrap over customers (Efron 1979). `statistics` receives how often each customer is in the sample; in the first call, once each.
 * All its figures come from the same resamples, so differences between models are paired.
 */
export function bootstrap<Name extends string>(
  customers: number,
  statistics: (times: Uint8Array) => Readonly<Record<Name, number>>,
  random: Random,
  resamples: number,
): Record<Name, Difference> {
  const whole = statistics(new Uint8Array(customers).fill(1));
  const drawn = Array.from({ length: resamples }, () => {
    const times = new Uint8Array(customers);
    for (let i = 0; i < customers; i++) times[Math.floor(random() * customers)]!++;
    return statistics(times);
  });
  const names = Object.keys(whole) as Name[];
  return Object.fromEntries(
    names.map((name) => {
      const over = drawn.map((one) => one[name]);
      return [name, difference(whole[name], over)];
    }),
  ) as Record<Name, Difference>;
}

function difference(whole: number, drawn: readonly number[]): Difference {
  const sorted = [...drawn].sort((a, b) => a - b);
  const middle = drawn.reduce((sum, value) => sum + value, 0) / drawn.length;
  const variance = drawn.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (drawn.length - 1);
  const at = (q: number) => quantileOf(sorted, q);
  return { difference: whole, low: at(0.025), high: at(0.975), sd: Math.sqrt(variance) };
}
