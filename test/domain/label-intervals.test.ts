import { INTERVAL_EDGES_DAYS, INTERVALS } from '../../src/domain/label-intervals';

test('the intervals of the future are those that models were trained with', () => {
  expect(INTERVAL_EDGES_DAYS).toEqual([0, 1, 3, 7, 14, 30, 60, 90, 180, 365]);
  expect(INTERVALS).toBe(9);
});
