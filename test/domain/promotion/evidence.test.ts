import { drawNormal, mulberry32 } from '../../../src/domain/math/random';
import { eValue, evidenceOf, type Gain } from '../../../src/domain/promotion/evidence';

const seed = Number(process.env.CLV_TEST_SEED ?? 20_260);

test('the error is clustered: what a customer repeats, or a season shares, is not counted twice', () => {
  const random = mulberry32(seed);
  const plain = Array.from(
    { length: 400 },
    (_, i): Gain => ({ customerId: `c${i}`, week: i % 8, gain: drawNormal(random) }),
  );
  const { error, mean, z, customers } = evidenceOf(plain);
  expect(customers).toBe(400);
  expect(error).toBeGreaterThan(0.03);
  expect(error).toBeLessThan(0.08);
  expect(z).toBeCloseTo(mean / error, 12);
  // Each origin four times: the mean stays, and so does its error.
  const repeated = evidenceOf([plain, plain, plain, plain].flat());
  expect(repeated.mean).toBeCloseTo(mean, 12);
  expect(repeated.error / error).toBeCloseTo(1, 6);
  // A season that all customers share: the error is that of eight weeks, not of 400 customers.
  const seasons = Array.from({ length: 8 }, () => drawNormal(random));
  const shared = evidenceOf(plain.map((one) => ({ ...one, gain: one.gain / 10 + seasons[one.week]! })));
  expect(shared.error).toBeGreaterThan(0.15);
});

test('without a gain, or if all are equal, there is no evidence', () => {
  expect(evidenceOf([])).toEqual({ customers: 0, mean: 0, error: 0, z: 0 });
  const same = evidenceOf([1, 2, 3].map((i) => ({ customerId: `c${i}`, week: 1, gain: 0.5 })));
  expect(same).toMatchObject({ mean: 0.5, error: 0, z: 0 });
  expect(eValue(same)).toBeLessThanOrEqual(1);
});

test('the e-value is the half-normal mixture of likelihood ratios, by numerical integration', () => {
  for (const [z, customers] of [
    [0, 50],
    [2, 400],
    [-1.5, 1_000],
    [4, 5_000],
    [3, 100_000],
  ] as const) {
    // Observations of unit variance: S = z·√n. Effects are half-normal with variance 1/100.
    const step = 0.00002;
    let mixture = 0;
    for (let effect = step / 2; effect < 1; effect += step) {
      const likelihoodRatio = Math.exp(effect * z * Math.sqrt(customers) - (effect ** 2 * customers) / 2);
      mixture += 2 * Math.sqrt(100 / (2 * Math.PI)) * Math.exp((-100 * effect ** 2) / 2) * likelihoodRatio * step;
    }
    expect(eValue({ z, customers })).toBeCloseTo(mixture, mixture > 100 ? 0 : 4);
  }
});

test(`however often one looks, an e-value of 1/α is reached by chance in at most α of the runs (CLV_TEST_SEED=${seed})`, () => {
  const random = mulberry32(seed);
  const [runs, looks, perLook, alpha] = [2_000, 60, 30, 0.05];
  let reached = 0;
  for (let run = 0; run < runs; run++) {
    let [sum, count] = [0, 0];
    for (let look = 0; look < looks; look++) {
      sum += drawNormal(random) * Math.sqrt(perLook);
      count += perLook;
      if (eValue({ z: sum / Math.sqrt(count), customers: count }) >= 1 / alpha) {
        reached++;
        break;
      }
    }
  }
  // Upper 99.9 % bound of a binomial with α.
  expect(reached / runs).toBeLessThan(alpha + 3.1 * Math.sqrt((alpha * (1 - alpha)) / runs));
  expect(reached).toBeGreaterThan(0);
});
