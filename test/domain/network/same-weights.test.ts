import { sameWeights } from '../../../src/domain/network/same-weights';
import { DEFAULT_SHAPE } from '../../../src/domain/network/shape';
import { WEIGHT_TENSORS } from '../../../src/domain/network/weights';
import { changed, handWeights } from '../../support/hand-model';
import { randomModel } from '../../support/models';

test('a copy is the same', () => {
  expect(sameWeights(handWeights(), handWeights())).toBe(true);
});

test('one number of one tensor makes them differ', () => {
  const weights = handWeights();
  for (const name of WEIGHT_TENSORS.filter((name) => weights[name].length > 0)) {
    const last = weights[name].length - 1;
    const other = changed(weights, [name], (weight, i) => (i === last ? weight + 1e-3 : weight));
    expect(sameWeights(weights, other)).toBe(false);
  }
});

test('another shape makes them differ', () => {
  const gru = randomModel(1, { shape: { ...DEFAULT_SHAPE, cell: 'gru' } });
  expect(sameWeights(randomModel(1).weights, gru.weights)).toBe(false);
});
