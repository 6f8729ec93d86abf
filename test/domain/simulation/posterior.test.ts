import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { DemandSums } from '../../../src/domain/simulation/demand-sums';
import { expectedOrderValue } from '../../../src/domain/simulation/observed-value';
import { PosteriorMean } from '../../../src/domain/simulation/posterior-mean';
import { seasonalShop } from '../../../src/domain/simulation/shop-population';
import { Silence } from '../../../src/domain/simulation/silence';

test('a posterior mean keeps likelihoods apart that no number could hold', () => {
  const posterior = new PosteriorMean();
  posterior.add(-2_000, 1, 10);
  posterior.add(-2_000 + Math.log(3), 1, 50);
  posterior.add(-9_000, 1, 1e6);
  expect(posterior.mean).toBeCloseTo((10 + 3 * 50) / 4, 9);
});

describe('a silence of 80 days', () => {
  const [mu, rate] = [0.02, 0.05];
  const silence = new Silence(1_000, 1_000 + 80 * SECONDS_PER_DAY, [0.3, mu]);
  const quiet = silence.instants.map((timeS) => Math.exp((-rate * (timeS - 1_000)) / SECONDS_PER_DAY));

  test('a customer who is still active has been quiet all along: e^(−(μ+λ)t)', () => {
    expect(silence.stayedIn(1, quiet)).toBeCloseTo(Math.exp(-(mu + rate) * 80), 12);
  });
  test('a customer who has left was quiet until then: μ(1 − e^(−(μ+λ)t))/(μ+λ), to three thousandths', () => {
    const exact = (mu * -Math.expm1(-(mu + rate) * 80)) / (mu + rate);
    expect(Math.abs(silence.leftIn(1, quiet) / exact - 1)).toBeLessThan(3e-3);
  });
});

describe('the order value of a customer, from orders seen', () => {
  const { medianOrderMinor, valueSigmaBetween: between, valueSigmaWithin: within } = seasonalShop;
  const [fromS, untilS] = [Date.UTC(2025, 10, 1) / 1000, Date.UTC(2025, 11, 1) / 1000];
  const sums = new DemandSums(seasonalShop, fromS, untilS);
  const at = (day: number, amountMinor: number) => ({ timeS: fromS + day * SECONDS_PER_DAY, amountMinor });

  test('none: the population’s mean', () => {
    expect(expectedOrderValue(seasonalShop, sums, [])).toBeCloseTo(medianOrderMinor * Math.exp(between ** 2 / 2), 6);
  });
  test('one: between the population’s and its own, by the two precisions', () => {
    const [prior, own] = [1 / between ** 2, 1 / within ** 2];
    const log = (prior * Math.log(medianOrderMinor) + own * (Math.log(9_000) + within ** 2 / 2)) / (prior + own);
    const mean = Math.exp(log + 1 / (2 * (prior + own)));
    expect(expectedOrderValue(seasonalShop, sums, [at(3, 9_000)])).toBeCloseTo(mean, 6);
  });
  test('what was bought at a discount counts at full price', () => {
    const inSale = Math.round(at(24, 0).timeS);
    const discount = sums.discount(inSale);
    expect(discount).toBeGreaterThan(0);
    const reduced = [{ timeS: inSale, amountMinor: 9_000 * (1 - discount) }];
    expect(expectedOrderValue(seasonalShop, sums, reduced)).toBeCloseTo(
      expectedOrderValue(seasonalShop, sums, [at(3, 9_000)]),
      6,
    );
  });
});
