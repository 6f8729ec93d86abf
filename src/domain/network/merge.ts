import { GATES, OUTPUTS } from './shape';
import { layerTensors, makeWeights, type NetworkWeights, type WeightTensor } from './weights';

/**
 * Merges K networks of one shape into one network. Its raw outputs (and raw κ of the order curve) are the means of theirs. It has K·H
 * units side by side (H units per network), block-diagonal kernels, and the heads' last layer divided by K. Raw outputs are averaged,
 * because everything published comes from one set of head outputs. So rate, scale and order value are averaged as logarithms, and no
 * number can contradict another. Serving, storage, explanation and training need no special case; the blocks between the members start as
 * zeros. A step costs up to K² times as much, because zeros are multiplied too. Throws if the shapes differ, or if the networks attend:
 * one softmax over all scores would differ from the members' own.
 */
export function mergeNetworks(members: readonly NetworkWeights[]): NetworkWeights {
  const { shape } = members[0]!;
  if (members.length === 1) return members[0]!;
  if (shape.attention)
    throw new Error('networks with attention cannot be merged into one: fit them without --attention');
  if (members.some((member) => JSON.stringify(member.shape) !== JSON.stringify(shape))) {
    throw new Error('networks of different shapes cannot be merged into one');
  }
  const K = members.length;
  const { stepFeatures: F, summaryFeatures: S, units: H, headUnits: D, layers } = shape;
  const merged = { ...shape, units: K * H, headUnits: K * D };
  const gates = GATES[shape.cell];
  const weights = makeWeights(merged, (_name, dimensions) => new Float32Array(dimensions.reduce((a, b) => a * b)));
  members.forEach((member, m) => {
    const put = (name: WeightTensor, to: number, from: number, factor = 1) => {
      weights[name][to] = weights[name][to]! + factor * member[name][from]!;
    };
    /** Copies a row of the member's gates; each gate goes to its place in the merged row. */
    const putGates = (name: WeightTensor, toRow: number, fromRow: number) => {
      for (let g = 0; g < gates; g++) {
        for (let u = 0; u < H; u++) {
          put(name, (toRow * gates + g) * K * H + m * H + u, (fromRow * gates + g) * H + u);
        }
      }
    };
    for (let layer = 0; layer < layers; layer++) {
      const { inputKernel, recurrentKernel, bias } = layerTensors(layer);
      // All members share the lowest layer's inputs. A higher layer reads only its own member's h.
      if (layer === 0) for (let row = 0; row < F; row++) putGates(inputKernel, row, row);
      else for (let row = 0; row < H; row++) putGates(inputKernel, m * H + row, row);
      for (let row = 0; row < H; row++) putGates(recurrentKernel, m * H + row, row);
      putGates(bias, 0, 0);
    }
    for (let d = 0; d < D; d++) {
      const column = m * D + d;
      for (let row = 0; row < H; row++) put('headKernel', (m * H + row) * K * D + column, row * D + d);
      for (let row = 0; row < S; row++) put('headKernel', (K * H + row) * K * D + column, (H + row) * D + d);
      put('headBias', column, d);
      for (let k = 0; k < OUTPUTS; k++) put('outputKernel', column * OUTPUTS + k, d * OUTPUTS + k, 1 / K);
    }
    for (let k = 0; k < OUTPUTS; k++) put('outputBias', k, k, 1 / K);
    put('curve', 0, 0, 1 / K);
  });
  return weights;
}
