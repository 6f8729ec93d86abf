import { normalCdf } from '../../../src/domain/distribution/normal';
import {
  daysUntilOrder,
  expectedOrders,
  LONGEST_WAIT_DAYS,
  orderProbability,
} from '../../../src/domain/distribution/order-curve';
import { normalQuantile, spendDistribution, spendQuantile } from '../../../src/domain/distribution/spend-distribution';
import { mulberry32 } from '../../../src/domain/math/random';

describe('the order curve', () => {
  test("equals Pareto/NBD's conditional mean, computed from its own formula", () => {
    // E[X(t)] given alive: (r+x)(β+T)/((α+T)(s−1)) · [1 − ((β+T)/(β+T+t))^(s−1)], r 0.55, α 10.58, s 0.61, β 11.67, x 2, T 38.86 weeks.
    const [r, alpha, s, beta, x, T, t] = [0.55, 10.58, 0.61, 11.67, 2, 38.86, 39];
    const direct = (((r + x) * (beta + T)) / ((alpha + T) * (s - 1))) * (1 - ((beta + T) / (beta + T + t)) ** (s - 1));
    const curve = { ratePerDay: (r + x) / (alpha + T), scaleDays: beta + T, shape: s - 1 };
    expect(expectedOrders(curve, t)).toBeCloseTo(direct, 12);
  });

  test('passes smoothly through κ = 0', () => {
    const at = (shape: number) => expectedOrders({ ratePerDay: 0.02, scaleDays: 60, shape }, 365);
    expect(at(0)).toBeCloseTo(0.02 * 60 * Math.log1p(365 / 60), 12);
    expect(at(2e-6)).toBeCloseTo(at(-2e-6), 4);
    expect(at(0.9e-6)).toBeCloseTo(at(1.1e-6), 6);
  });

  test('has a wait at κ = 0 too, and none beyond ten years', () => {
    for (const shape of [0, 9e-7, -9e-7, 1e-6]) {
      const curve = { ratePerDay: 0.02, scaleDays: 60, shape };
      const days = daysUntilOrder(curve, { dispersion: 0.5 }, 0.5)!;
      expect(orderProbability(curve, { dispersion: 0.5 }, days)).toBeCloseTo(0.5, 6);
    }
    // A rate that hardly fades: the mean of a Poisson count with P(0) = ½ is ln 2.
    const wait = (years: number) => {
      const curve = { ratePerDay: Math.LN2 / (365 * years), scaleDays: 1e9, shape: 1 };
      return daysUntilOrder(curve, { dispersion: 0 }, 0.5);
    };
    expect(wait(9.999)).toBeCloseTo(3_649.6, 0);
    expect(wait(10.001)).toBeNull();
    expect(LONGEST_WAIT_DAYS).toBe(3_650);
  });

  test('law: rises with the horizon, starts at its rate, and the wait inverts the probability', () => {
    const random = mulberry32(11);
    for (let i = 0; i < 500; i++) {
      const curve = {
        ratePerDay: Math.exp(-8 + 8 * random()),
        scaleDays: Math.exp(1 + 6 * random()),
        shape: 2.5 * random() - 0.99,
      };
      const dispersion = random() < 0.1 ? 0 : 3 * random();
      const count = random() < 0.5 ? { dispersion } : { dispersion, erlangShape: 1 + 9 * random() ** 2 };
      expect(expectedOrders(curve, 1e-6) / 1e-6 / curve.ratePerDay).toBeCloseTo(1, 5);
      expect(expectedOrders(curve, 30)).toBeLessThan(expectedOrders(curve, 90));
      const days = daysUntilOrder(curve, count, 0.5);
      if (days !== null) expect(orderProbability(curve, count, days)).toBeCloseTo(0.5, 9);
      else expect(orderProbability(curve, count, 3650)).toBeLessThan(0.5);
    }
  });
});

describe('the spend distribution', () => {
  test('has the normal quantiles of the tables', () => {
    expect(normalQuantile(0.975)).toBeCloseTo(1.959963985, 8);
    expect(normalQuantile(0.5)).toBeCloseTo(0, 12);
    expect(normalQuantile(0.001)).toBeCloseTo(-3.090232306, 8);
  });

  test('inverts the normal distribution from end to end', () => {
    for (let x = -6; x <= 6; x += 0.0625) {
      expect(Math.abs(normalQuantile(normalCdf(x)) - x)).toBeLessThan(1e-6);
    }
    expect([-1, 0, 1, 2].map(normalQuantile)).toEqual([-Infinity, -Infinity, Infinity, Infinity]);
    for (const p of [0.02425, 1 - 0.02425]) {
      expect(Math.abs(normalQuantile(p - 1e-9) - normalQuantile(p + 1e-9))).toBeLessThan(1e-6);
    }
  });

  test('is 0 for somebody who surely spends nothing', () => {
    for (const spend of [spendDistribution(0, 0, 0.8), spendDistribution(0, 60, 0.8), spendDistribution(0.5, 0, 0.8)]) {
      expect(spend.mu).toBe(Number.NEGATIVE_INFINITY);
      expect([0.1, 0.5, 0.9].map((q) => spendQuantile(spend, q))).toEqual([0, 0, 0]);
    }
    expect(spendQuantile(spendDistribution(0.4, 60, 0.8), 0.6)).toBe(0);
  });

  test('is 0 inside the atom and keeps its mean, drawn through its own quantiles', () => {
    const distribution = spendDistribution(0.4, 60, 0.8);
    expect(spendQuantile(distribution, 0.5)).toBe(0);
    expect(spendQuantile(distribution, 0.6001)).toBeGreaterThan(0);
    const draws = 200_000;
    let sum = 0;
    for (let i = 0; i < draws; i++) sum += spendQuantile(distribution, (i + 0.5) / draws);
    expect(sum / draws).toBeCloseTo(60, 0);
  });
});
