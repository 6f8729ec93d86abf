import { type GateWorld, yearOfTrials } from '../../bench/gate';
import { mulberry32 } from '../../src/domain/math/random';
import { DEFAULT_GATE } from '../../src/domain/promotion/promotion-gate';

const WORLD: GateWorld = {
  ...{ customers: 150, championError: 0.3, challengerError: 0.3, season: 0.2 },
  settings: { ...DEFAULT_GATE, minOrigins: 100 },
};

test('an equal challenger passes in none of a few years; a far better one passes within weeks', () => {
  const random = mulberry32(1);
  for (let year = 0; year < 2; year++) {
    const { trials, promotions } = yearOfTrials(WORLD, random);
    expect(trials).toBeGreaterThanOrEqual(6);
    expect(promotions).toBe(0);
  }
  const better = yearOfTrials({ ...WORLD, championError: 1.2, challengerError: 0.05 }, random, true);
  expect(better).toMatchObject({ promotions: 1 });
  expect(better.firstPromotionDay).toBeLessThan(56);
});
