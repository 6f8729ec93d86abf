import { averageRanks, spearman } from '../../../src/domain/metrics/rank-correlation';

describe('rank correlation', () => {
  test('ties share the mean of their ranks', () => {
    expect([...averageRanks([3, 1, 3, 2, 3])]).toEqual([4, 1, 4, 2, 4]);
  });

  test('order alone counts', () => {
    expect(spearman([1, 2, 3, 4], [10, 100, 1000, 1e9])).toBeCloseTo(1, 12);
    expect(spearman([1, 2, 3, 4], [4, 3, 2, 1])).toBeCloseTo(-1, 12);
  });

  test('with ties: Pearson of the average ranks', () => {
    // Ranks 1, 2.5, 2.5, 4, 5 and 3, 1.5, 1.5, 5, 4: products of the deviations from 3 sum to 5.5, squares to 9.5 each.
    expect(spearman([1, 2, 2, 4, 5], [3, 1, 1, 5, 4])).toBeCloseTo(5.5 / 9.5, 12);
  });

  test('a constant side has none', () => {
    expect(spearman([1, 1, 1], [1, 2, 3])).toBeNaN();
  });
});
