/** Draws from named distributions. The caller passes in the source of randomness. */

/** Uniform on [0, 1). */
export type Random = () => number;

/** Mulberry32 (T. Ettinger): 32 bits of state, period 2^32, enough for simulations and tests. */
export function mulberry32(seed: number): Random {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Uniform on (0, 1], for logarithms. */
const positive = (random: Random): number => 1 - random();

/** Mean 0, standard deviation 1 (Box and Muller, one value of the pair). */
export function drawNormal(random: Random): number {
  return Math.sqrt(-2 * Math.log(positive(random))) * Math.cos(2 * Math.PI * random());
}

/** exp(mu + sigma·Z): median exp(mu), mean exp(mu + sigma²/2). */
export function drawLognormal(random: Random, mu: number, sigma: number): number {
  return Math.exp(mu + sigma * drawNormal(random));
}

/** Mean 1/rate, in the unit of 1/rate. */
export function drawExponential(random: Random, rate: number): number {
  return -Math.log(positive(random)) / rate;
}

/** Mean shape/rate (Marsaglia and Tsang 2000; below shape 1 by their boost). */
export function drawGamma(random: Random, shape: number, rate: number): number {
  if (shape < 1) return drawGamma(random, shape + 1, rate) * positive(random) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = drawNormal(random);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(positive(random)) < x * x * 0.5 + d - d * v + d * Math.log(v)) return (d * v) / rate;
  }
}

/** Mean `mean` (Knuth's products, in pieces of 16 so that exp does not underflow). */
export function drawPoisson(random: Random, mean: number): number {
  let count = 0;
  for (let left = mean; left > 0; left -= 16) {
    const floor = Math.exp(-Math.min(left, 16));
    for (let product = positive(random); product > floor; product *= positive(random)) count++;
  }
  return count;
}
