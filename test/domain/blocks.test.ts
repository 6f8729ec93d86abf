import { BLOCK_EDGES_DAYS, BLOCKS } from '../../src/domain/blocks';

test('the blocks of the future are those that models were trained with', () => {
  expect(BLOCK_EDGES_DAYS).toEqual([0, 1, 3, 7, 14, 30, 60, 90, 180, 365]);
  expect(BLOCKS).toBe(9);
});
