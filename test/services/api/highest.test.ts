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

test('finds the 500 highest of a million', () => {
  const random = seededRandom(1);
  const scores = Float64Array.from({ length: 1_000_000 }, () => random());
  const found = highest(
    Array.from(scores, (score, i) => [`c${i}`, score] as const),
    500,
  );
  expect(found.map(([, score]) => score)).toEqual([...scores.toSorted().subarray(-500).reverse()]);
  for (const [key, score] of found) expect(scores[Number(key.slice(1))]).toBe(score);
});
