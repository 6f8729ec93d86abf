import {
  drawExponential,
  drawGamma,
  drawLognormal,
  drawNormal,
  drawPoisson,
  mulberry32,
  type Random,
} from '../../../src/domain/math/random';

const SEED = 20_240_611;
const DRAWS = 40_000;

function moments(draw: (random: Random) => number): { mean: number; variance: number } {
  const random = mulberry32(SEED);
  const values = Array.from({ length: DRAWS }, () => draw(random));
  const mean = values.reduce((sum, value) => sum + value, 0) / DRAWS;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / DRAWS;
  return { mean, variance };
}

describe(`draws, seed ${SEED}`, () => {
  test('the same seed gives the same numbers, another seed others', () => {
    const take = (seed: number) => {
      const random = mulberry32(seed);
      return [random(), random(), random()];
    };
    expect(take(7)).toEqual(take(7));
    expect(take(7)).not.toEqual(take(8));
  });

  test.each([
    ['uniform', (random: Random) => random(), 0.5, 1 / 12],
    ['normal', drawNormal, 0, 1],
    ['exponential', (random: Random) => drawExponential(random, 4), 0.25, 0.0625],
    ['gamma, shape above 1', (random: Random) => drawGamma(random, 3, 2), 1.5, 0.75],
    ['gamma, shape below 1', (random: Random) => drawGamma(random, 0.5, 2), 0.25, 0.125],
    ['poisson, small', (random: Random) => drawPoisson(random, 1.5), 1.5, 1.5],
    ['poisson, large', (random: Random) => drawPoisson(random, 50), 50, 50],
    ['poisson of nothing', (random: Random) => drawPoisson(random, 0), 0, 0],
    [
      'lognormal',
      (random: Random) => drawLognormal(random, 1, 0.5),
      Math.exp(1.125),
      Math.expm1(0.25) * Math.exp(2.25),
    ],
  ])('%s: mean and variance', (_name, draw, mean, variance) => {
    const observed = moments(draw);
    // Five standard errors of the mean; a tenth for the variance.
    expect(Math.abs(observed.mean - mean)).toBeLessThanOrEqual(5 * Math.sqrt(variance / DRAWS) + 1e-12);
    expect(Math.abs(observed.variance - variance)).toBeLessThanOrEqual(0.1 * variance + 1e-12);
  });
});
