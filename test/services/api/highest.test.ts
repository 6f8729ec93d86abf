import { highest } from '../../../src/services/api/highest';
import { seededRandom } from '../../support/fake-updates';

test('equals sorting everything, for many sizes', () => {
  const seed = 20_260_729;
  const random = seededRandom(seed);
  for (let round = 0; round < 200; round += 1) {
    const entries = Array.from(
      { length: Math.floor(random() * 60) },
      (_, i) => [`c${i}`, Math.floor(random() * 12)] as const,
    );
    const limit = Math.floor(random() * 20);
    const sorted = [...entries].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)).slice(0, limit);
    expect({ seed, round, found: highest(entries, limit) }).toEqual({ seed, round, found: sorted });
  }
});

test('a million customers are ranked in well under a second', () => {
  const random = seededRandom(1);
  const entries = Array.from({ length: 1_000_000 }, (_, i) => [`c${i}`, random()] as const);
  const startMs = performance.now();
  const found = highest(entries, 500);
  expect(performance.now() - startMs).toBeLessThan(1000);
  expect(found).toHaveLength(500);
});
