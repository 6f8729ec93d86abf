import { batchesByLength } from '../../../src/adapters/tensorflow/batch-order';
import { mulberry32 } from '../../../src/domain/math/random';
import { testSeed } from '../../support/seeded';

const seed = testSeed();

describe(`order of the batches, CLV_TEST_SEED=${seed}`, () => {
  const random = mulberry32(seed);
  const lengths = Array.from({ length: 5_003 }, () => 1 + Math.floor(random() * 32));

  test('every example once, no batch too large', () => {
    const batches = batchesByLength(lengths, 64, mulberry32(seed));
    expect(batches.flat().sort((a, b) => a - b)).toEqual(lengths.map((_, i) => i));
    for (const batch of batches) expect(batch.length).toBeLessThanOrEqual(64);
  });

  test('batches hold similar lengths: little is padded', () => {
    const steps = (batch: readonly number[]) => Math.max(...batch.map((i) => lengths[i]!)) * batch.length;
    const padded = batchesByLength(lengths, 64, mulberry32(seed)).reduce((sum, batch) => sum + steps(batch), 0);
    const own = lengths.reduce((sum, length) => sum + length, 0);
    expect(padded / own).toBeLessThan(1.2);
  });

  test('the same random numbers give the same order, and the next epoch another', () => {
    const drawing = mulberry32(seed);
    const first = batchesByLength(lengths, 64, drawing);
    expect(batchesByLength(lengths, 64, drawing)).not.toEqual(first);
    expect(batchesByLength(lengths, 64, mulberry32(seed))).toEqual(first);
  });

  test('nothing gives nothing', () => {
    expect(batchesByLength([], 64, random)).toEqual([]);
  });
});
