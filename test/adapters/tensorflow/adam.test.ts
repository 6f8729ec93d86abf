import { Adam, addPull, clipToNorm, shrinkKernels } from '../../../src/adapters/tensorflow/adam';
import { mulberry32 } from '../../../src/domain/math/random';
import { initialWeights, WEIGHT_TENSORS } from '../../../src/domain/network/weights';
import { TINY_SHAPE } from '../../support/examples';

const weights = () => initialWeights(TINY_SHAPE, mulberry32(1));

describe('Adam', () => {
  test('the first step is the learning rate against the sign of the gradient, whatever its size', () => {
    const moved = weights();
    new Adam().update(moved, { headBias: Float32Array.of(1e-4, -5, 300, 0) }, 0.1);
    const expected = [-0.1, 0.1, -0.1, 0];
    moved.headBias.forEach((w, i) => {
      expect(w).toBeCloseTo(expected[i]!, 4);
    });
  });

  test('finds the least of a parabola, and leaves tensors without a gradient alone', () => {
    const moved = weights();
    const untouched = moved.inputKernel.slice();
    const adam = new Adam();
    for (let i = 0; i < 2_000; i++) {
      adam.update(moved, { curve: Float32Array.of(2 * (moved.curve[0]! - 3)) }, 0.02);
    }
    expect(moved.curve[0]).toBeCloseTo(3, 3);
    expect(moved.inputKernel).toEqual(untouched);
  });
});

describe('the global norm', () => {
  test('is taken over all tensors, and scaled down to the limit', () => {
    const gradients = { curve: Float32Array.of(3), headBias: Float32Array.of(0, 4) };
    expect(clipToNorm(gradients, 1)).toBeCloseTo(5, 6);
    expect(gradients.curve[0]).toBeCloseTo(0.6, 6);
    expect(gradients.headBias[1]).toBeCloseTo(0.8, 6);
  });

  test('below the limit nothing changes', () => {
    const gradients = { curve: Float32Array.of(3) };
    expect(clipToNorm(gradients, 10)).toBeCloseTo(3, 6);
    expect(gradients.curve[0]).toBe(3);
  });

  test('what is not finite shows', () => {
    expect(clipToNorm({ curve: Float32Array.of(Number.NaN) }, 1)).toBeNaN();
    expect(clipToNorm({ curve: Float32Array.of(Number.POSITIVE_INFINITY) }, 1)).toBe(Number.POSITIVE_INFINITY);
  });
});

test('the pull adds its strength times the distance from the start', () => {
  const start = weights();
  const moved = { ...start, headBias: start.headBias.map(() => 2) };
  const gradients = { headBias: new Float32Array(TINY_SHAPE.headUnits), curve: Float32Array.of(1) };
  addPull(gradients, moved, start, 0.5);
  expect([...gradients.headBias]).toEqual([1, 1, 1, 1]);
  expect(gradients.curve[0]).toBe(1);
});

test('weight decay takes its share off the kernels that learn, and off nothing else', () => {
  const before = { ...weights(), bias: new Float32Array(16).fill(1), curve: Float32Array.of(2) };
  const after = { ...before, ...Object.fromEntries(WEIGHT_TENSORS.map((name) => [name, before[name].slice()])) };
  const gradients = Object.fromEntries(
    WEIGHT_TENSORS.filter((name) => name !== 'inputKernel').map((name) => [
      name,
      new Float32Array(before[name].length),
    ]),
  );
  shrinkKernels(after, gradients, 0.25);
  for (const name of WEIGHT_TENSORS) {
    const shrinks = name === 'recurrentKernel' || name === 'headKernel' || name === 'outputKernel';
    expect([name, after[name]]).toEqual([name, before[name].map((w) => (shrinks ? 0.75 * w : w))]);
  }
});
