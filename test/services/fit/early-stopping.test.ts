import { batchSizeFor } from '../../../src/services/fit/early-stopping';

test.each([
  [100, 1_024, 128],
  [4_000, 1_024, 128],
  [10_000, 1_024, 512],
  [25_000, 1_024, 1_024],
  [80_000, 1_024, 1_024],
  [10_000, 64, 64],
])('an epoch of %d examples has some two dozen steps: batches of at most %d are of %d', (examples, most, size) => {
  expect(batchSizeFor(examples, most)).toBe(size);
});
