import { loadBackend } from '../../../src/adapters/tensorflow/backend';
import { sequenceBatch } from '../../../src/adapters/tensorflow/batch';
import { drawDropout } from '../../../src/adapters/tensorflow/dropout';
import { encode, weightTensors } from '../../../src/adapters/tensorflow/graph';
import { mulberry32 } from '../../../src/domain/math/random';
import { Attention } from '../../../src/domain/network/attention';
import { type NetworkShape, readWidth } from '../../../src/domain/network/shape';
import type { NetworkWeights } from '../../../src/domain/network/weights';
import type { Example } from '../../../src/domain/scoring/example';
import { randomExample, randomWeights, TINY_SHAPE } from '../../support/examples';
import { recurrentCell } from '../../support/plain-step/cells';
import { testSeed } from '../../support/seeded';

const seed = testSeed();

/** The served cells, with the masks on each layer's h wherever it is read. Not for the GRU, whose h is also what it carries on. */
function droppedRead(weights: NetworkWeights, { steps, sequence }: Example, masks: readonly Float32Array[]): number[] {
  const { units: H, layers, stepFeatures: F, attention } = weights.shape;
  const cells = masks.map((_, layer) => recurrentCell(weights, layer));
  const read = Array.from({ length: layers }, () => new Float32Array(H));
  const carried = Array.from({ length: layers }, () => new Float32Array(H));
  const keys = new Attention(weights);
  const top = read[layers - 1]!;
  for (let t = 0; t < steps; t++) {
    if (t > 0) keys.addKey(top, 0);
    cells.forEach((cell, l) => {
      cell.step(read[l]!, carried[l]!, 0, l === 0 ? sequence : read[l - 1]!, l === 0 ? t * F : 0);
      read[l] = read[l]!.map((h, u) => h * masks[l]![u]!);
    });
    top.set(read[layers - 1]!);
    read[layers - 1] = top;
  }
  return attention ? [...top, ...keys.read(top, 0)] : [...top];
}

test('a mask keeps 1 − rate of the numbers and the mean', () => {
  const mask = drawDropout(20_000, 0.3, mulberry32(seed));
  const kept = mask.filter((value) => value > 0).length / mask.length;
  expect(Math.abs(kept - 0.7)).toBeLessThan(0.02);
  expect(Math.abs(mask.reduce((sum, value) => sum + value, 0) / mask.length - 1)).toBeLessThan(0.03);
});

test.each<[string, NetworkShape]>([
  ['rnn', { ...TINY_SHAPE, cell: 'rnn' }],
  ['lstm', TINY_SHAPE],
  ['two layers of lstm with attention', { ...TINY_SHAPE, layers: 2, attention: true }],
])(`%s: the graph drops what the cells read, the same at every step (CLV_TEST_SEED=${seed})`, async (_name, shape) => {
  const { tf } = await loadBackend({ preference: 'wasm', threads: 1 });
  const random = mulberry32(seed);
  const weights = randomWeights(shape, random);
  const examples = Array.from({ length: 12 }, () => randomExample(random));
  const rows = examples.length;
  const masks = Array.from({ length: shape.layers }, () => drawDropout(rows * shape.units, 0.4, random));
  const read = tf.tidy(() =>
    encode(tf, weightTensors(tf, weights), shape, sequenceBatch(examples, shape.stepFeatures), masks)
      .dataSync()
      .slice(),
  );
  examples.forEach((example, b) => {
    const own = masks.map((mask) => mask.subarray(b * shape.units, (b + 1) * shape.units));
    droppedRead(weights, example, own).forEach((expected, i) => {
      expect(read[b * readWidth(shape) + i]).toBeCloseTo(expected, 4);
    });
  });
});
