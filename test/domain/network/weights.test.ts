import { RAMPS_AT, SUMMARY_FEATURES } from '../../../src/domain/features/features';
import { mulberry32 } from '../../../src/domain/math/random';
import { DEFAULT_SHAPE, readWidth } from '../../../src/domain/network/shape';
import { initialWeights } from '../../../src/domain/network/weights';

test('features that training may never show begin without a say, all others with one', () => {
  const { headKernel } = initialWeights(DEFAULT_SHAPE, mulberry32(5));
  const D = DEFAULT_SHAPE.headUnits;
  const rowIsZero = (row: number) => headKernel.subarray(row * D, (row + 1) * D).every((weight) => weight === 0);
  const ramps = readWidth(DEFAULT_SHAPE) + RAMPS_AT;
  for (let row = 0; row < readWidth(DEFAULT_SHAPE) + SUMMARY_FEATURES; row++) {
    expect({ row, zero: rowIsZero(row) }).toEqual({ row, zero: row >= ramps });
  }
});
