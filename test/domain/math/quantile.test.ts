import { quantileOf } from '../../../src/domain/math/quantile';
import { TIER_SHARES } from '../../../src/domain/scoring/tier-shares';
import { seeded, testSeed } from '../../support/seeded';

const seed = testSeed();

describe('a quantile without interpolation', () => {
  test('has exactly the share of the values below it if that is possible', () => {
    for (let n = 20; n <= 2_000; n += 20) {
      const sorted = Float64Array.from({ length: n }, (_, rank) => rank);
      expect(TIER_SHARES.map((share) => quantileOf(sorted, share))).toEqual([n / 2, (4 * n) / 5, (19 * n) / 20]);
    }
  });

  test('of few values is one of them', () => {
    expect([0, 0.5, 0.99, 1].map((q) => quantileOf([7], q))).toEqual([7, 7, 7, 7]);
    expect([0, 0.5, 0.99, 1].map((q) => quantileOf([3, 8, 9], q))).toEqual([3, 8, 9, 9]);
  });

  test(`law: at most the share lies below, and the next higher value has more below (CLV_TEST_SEED=${seed})`, () => {
    const { next, below } = seeded(seed);
    for (let round = 0; round < 500; round++) {
      const n = 1 + below(60);
      const sorted = Array.from({ length: n }, () => below(30)).sort((a, b) => a - b);
      const q = next();
      const cut = quantileOf(sorted, q);
      expect(sorted.filter((value) => value < cut).length).toBeLessThanOrEqual(q * n);
      const higher = sorted.find((value) => value > cut);
      if (higher !== undefined) expect(sorted.filter((value) => value < higher).length).toBeGreaterThan(q * n);
    }
  });
});
