import * as bgNbd from '../../../src/domain/btyd/bg-nbd';
import { fitGammaGamma, orderValuePrior } from '../../../src/domain/btyd/gamma-gamma';
import * as paretoNbd from '../../../src/domain/btyd/pareto-nbd';
import type { RecencyFrequency } from '../../../src/domain/btyd/recency-frequency';
import { expectedOrders } from '../../../src/domain/distribution/order-curve';
import { hypergeometricOne, hypergeometricSeries } from '../../../src/domain/math/hypergeometric';
import { logGamma } from '../../../src/domain/math/log-gamma';
import { nelderMead } from '../../../src/domain/math/nelder-mead';
import { drawExponential, drawGamma, mulberry32, type Random } from '../../../src/domain/math/random';

const SEED = 31;

describe('special functions', () => {
  test('ln Γ', () => {
    expect(logGamma(1)).toBeCloseTo(0, 12);
    expect(logGamma(0.5)).toBeCloseTo(Math.log(Math.PI) / 2, 12);
    expect(logGamma(7)).toBeCloseTo(Math.log(720), 11);
    expect(logGamma(0.01)).toBeCloseTo(4.599479878042022, 11);
    let factorial = 0;
    for (let k = 2; k <= 500; k++) factorial += Math.log(k);
    expect(logGamma(501) / factorial).toBeCloseTo(1, 12);
  });

  test.each([
    [0.6, 3.1, 0.2],
    [1.6, 2.2, 0.9],
    [40.5, 42.7, 0.7],
    [0.001, 1.5, 0.99],
    [300, 301.2, 0.95],
  ])('₂F₁(1, %p; %p; %p): the continued fraction equals the series', (b, c, z) => {
    expect(hypergeometricOne(b, c, z) / hypergeometricSeries(1, b, c, z)).toBeCloseTo(1, 9);
  });

  test('₂F₁(1, 1; 2; z) = −ln(1−z)/z, up to 1', () => {
    for (const z of [0.1, 0.9, 0.999, 0.999999]) {
      expect((hypergeometricOne(1, 2, z) * z) / -Math.log1p(-z)).toBeCloseTo(1, 9);
    }
  });

  test("the simplex finds the bottom of Rosenbrock's valley", () => {
    const { point } = nelderMead(([x, y]) => (1 - x!) ** 2 + 100 * (y! - x! ** 2) ** 2, [-1.2, 1], {
      tolerance: 1e-12,
    });
    expect(point[0]).toBeCloseTo(1, 4);
    expect(point[1]).toBeCloseTo(1, 4);
  });
});

const MODELS: paretoNbd.ParetoNbd[] = [
  { r: 0.55, alpha: 74, s: 0.61, beta: 82 }, // α < β
  { r: 1.2, alpha: 90, s: 2.5, beta: 30 }, // α ≥ β
  { r: 0.3, alpha: 5, s: 0.02, beta: 9_000 }, // hardly any dropout
];
const CUSTOMERS: RecencyFrequency[] = [
  { repeats: 0, recency: 0, age: 200 },
  { repeats: 0, recency: 0, age: 0 },
  { repeats: 1, recency: 3, age: 190 },
  { repeats: 12, recency: 180, age: 200 },
  { repeats: 700, recency: 1_400, age: 1_500 },
  { repeats: 350, recency: 20, age: 3_000 },
];

describe.each(MODELS)('Pareto/NBD $r $alpha $s $beta', (model) => {
  test('P(alive) equals the integral over the moment of leaving', () => {
    for (const customer of CUSTOMERS.slice(0, 4)) {
      const { repeats: x, recency, age } = customer;
      const { r, alpha, s, beta } = model;
      const n = 20_000;
      let gone = 0;
      for (let i = 0; i < n; i++) {
        const y = recency + ((i + 0.5) / n) * (age - recency);
        gone +=
          Math.exp((r + x) * Math.log((alpha + age) / (alpha + y)) + s * Math.log((beta + age) / (beta + y))) /
          (beta + y);
      }
      const odds = (s * gone * (age - recency)) / n;
      expect(paretoNbd.probabilityAlive(model, customer)).toBeCloseTo(1 / (1 + odds), 6);
    }
  });

  test('stays finite and sensible for hundreds of orders', () => {
    for (const customer of CUSTOMERS) {
      const alive = paretoNbd.probabilityAlive(model, customer);
      const none = paretoNbd.probabilityOfNone(model, customer, 90);
      const expected = expectedOrders(paretoNbd.conditionalCurve(model, customer), 90);
      expect(Number.isFinite(paretoNbd.logLikelihood(model, customer))).toBe(true);
      expect(alive).toBeGreaterThanOrEqual(0);
      expect(alive).toBeLessThanOrEqual(1);
      // Jensen: P(0) is at least that of a Poisson count of this mean, and at least P(gone).
      expect(none).toBeGreaterThanOrEqual(Math.max(Math.exp(-expected), 1 - alive) - 1e-9);
      expect(none).toBeLessThanOrEqual(1);
    }
  });

  test('silence never makes more likely to be alive', () => {
    const at = (age: number) => paretoNbd.probabilityAlive(model, { repeats: 5, recency: 60, age });
    for (let age = 60; age < 2_000; age += 40) expect(at(age + 40)).toBeLessThanOrEqual(at(age) + 1e-12);
  });
});

describe('BG/NBD', () => {
  const model = { r: 0.24, alpha: 31, a: 0.79, b: 2.4 };

  test('the mean equals the published form if that can be computed', () => {
    for (const customer of [CUSTOMERS[2]!, CUSTOMERS[3]!]) {
      const { r, alpha, a, b } = model;
      const { repeats: x, age } = customer;
      const h = 60;
      const z = h / (alpha + age + h);
      const published =
        ((a + b + x - 1) / (a - 1)) *
        (1 - ((alpha + age) / (alpha + age + h)) ** (r + x) * hypergeometricSeries(r + x, b + x, a + b + x - 1, z)) *
        bgNbd.probabilityAlive(model, customer);
      expect(bgNbd.conditionalOrders(model, customer, h) / published).toBeCloseTo(1, 8);
    }
  });

  test('is continuous through a = 1, finite for hundreds of orders', () => {
    const around = [0.9999, 1, 1.0001].map((a) => bgNbd.conditionalOrders({ ...model, a }, CUSTOMERS[3]!, 90));
    expect(around[1]! / around[0]!).toBeCloseTo(1, 3);
    expect(around[1]! / around[2]!).toBeCloseTo(1, 3);
    for (const customer of CUSTOMERS) {
      expect(Number.isFinite(bgNbd.conditionalOrders(model, customer, 365))).toBe(true);
      expect(Number.isFinite(bgNbd.logLikelihood(model, customer))).toBe(true);
    }
  });
});

/** Customers of a Pareto/NBD world seen for `age` days; `s` near 0 for one without dropout. */
function simulated(random: Random, count: number, truth: paretoNbd.ParetoNbd, age: number) {
  return Array.from({ length: count }, () => {
    const rate = drawGamma(random, truth.r, truth.alpha);
    const leaves = drawExponential(random, Math.max(1e-12, drawGamma(random, truth.s, truth.beta)));
    let [t, repeats, recency, later] = [0, 0, 0, 0];
    for (;;) {
      t += drawExponential(random, Math.max(rate, 1e-12));
      if (t > Math.min(leaves, age + 90)) break;
      if (t <= age) {
        repeats++;
        recency = t;
      } else later++;
    }
    return { repeats, recency, age, later };
  });
}

describe(`fits (seed ${SEED})`, () => {
  test('recover the level of the world that made the data', () => {
    const customers = simulated(mulberry32(SEED), 400, { r: 0.9, alpha: 60, s: 0.8, beta: 100 }, 400);
    const model = paretoNbd.fitParetoNbd(customers);
    const predicted = customers.reduce((sum, c) => sum + expectedOrders(paretoNbd.conditionalCurve(model, c), 90), 0);
    const happened = customers.reduce((sum, { later }) => sum + later, 0);
    expect(Math.abs(predicted / happened - 1)).toBeLessThan(0.25);
  });

  test.each([
    ['no dropout at all', { r: 0.8, alpha: 20, s: 1e-4, beta: 1e4 }],
    ['everyone leaves at once', { r: 0.8, alpha: 20, s: 20, beta: 1 }],
  ])('%s: every parameter and every forecast is finite', (_name, truth) => {
    const customers = simulated(mulberry32(SEED + 1), 120, truth, 270);
    const pareto = paretoNbd.fitParetoNbd(customers);
    const bg = bgNbd.fitBgNbd(customers);
    for (const parameter of [...Object.values(pareto), ...Object.values(bg)]) {
      expect(parameter).toBeGreaterThan(0);
      expect(Number.isFinite(parameter)).toBe(true);
    }
    for (const customer of customers) {
      expect(Number.isFinite(expectedOrders(paretoNbd.conditionalCurve(pareto, customer), 365))).toBe(true);
      expect(Number.isFinite(bgNbd.conditionalOrders(bg, customer, 365))).toBe(true);
    }
  });

  test.each([
    ['nobody', []],
    ['one customer', [{ repeats: 0, recency: 0, age: 10 }]],
    ['a customer of this very moment', [{ repeats: 0, recency: 0, age: 0 }]],
    ['one who orders twice a day', [{ repeats: 700, recency: 349, age: 350 }]],
  ])('%s: finite', (_name, customers) => {
    for (const parameter of Object.values(paretoNbd.fitParetoNbd(customers))) expect(parameter).toBeGreaterThan(0);
    for (const parameter of Object.values(bgNbd.fitBgNbd(customers))) expect(parameter).toBeGreaterThan(0);
  });

  test('Gamma-Gamma: a prior of positive mean, also if all orders are equal', () => {
    for (const values of [[20, 20, 20], [1, 1_000_000], [5]]) {
      const { meanMinor, weight } = orderValuePrior(fitGammaGamma(values.map((mean) => ({ orders: 2, mean }))));
      expect(meanMinor).toBeGreaterThan(0);
      expect(weight).toBeGreaterThan(0);
      expect(Number.isFinite(meanMinor + weight)).toBe(true);
    }
  });
});
