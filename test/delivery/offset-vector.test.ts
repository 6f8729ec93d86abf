import { behind, coversUnpublished, greater, isZero } from '../../src/delivery/offset-vector';

test('a vector from before a topic was appended counts as 0 there', () => {
  expect(greater([5], [3, 4])).toEqual([5, 4]);
  expect(greater([3, 4], [5])).toEqual([5, 4]);
  expect(behind([5], [5, 1])).toEqual([1]);
  expect(behind([5, 1], [5])).toEqual([]);
  expect(coversUnpublished([-1, 0], [7])).toBe(true);
});

test('a record is unpublished where any position it covers is not below E', () => {
  expect(coversUnpublished([4, -1], [5, 0])).toBe(false);
  expect(coversUnpublished([5, -1], [5, 0])).toBe(true);
  expect(coversUnpublished([4, 2], [5, 2])).toBe(true);
  expect(coversUnpublished([-1, -1], [0, 0])).toBe(false);
});

test('zero', () => {
  expect(isZero([0, 0])).toBe(true);
  expect(isZero([0, 1])).toBe(false);
});
