import { layerTensors, type NetworkWeights } from './weights';

/** Sizes and weights of one recurrent layer. */
export interface LayerWeights {
  readonly inputs: number; // n: F of the lowest layer, H of one above
  readonly units: number; // H
  readonly inputKernel: Float32Array; // [n, G·H]
  readonly recurrentKernel: Float32Array; // [H, G·H]
  readonly bias: Float32Array; // [G·H]
}

/** The step of one recurrent layer. Holds scratch space. */
export interface RecurrentCell {
  /**
   * Updates the layer's h in place, and c if the cell has one: H numbers from `at` on in each array. `x` holds the layer's inputs from
   * `xAt` on. It may be another part of `hidden`. h and c are rounded to float32 once per step. So one more step and a full replay give
   * the same bits.
   */
  step(hidden: Float32Array, cell: Float32Array, at: number, x: Float32Array, xAt: number): void;
}

export function layerWeights(weights: NetworkWeights, layer: number): LayerWeights {
  const { stepFeatures, units } = weights.shape;
  const { inputKernel, recurrentKernel, bias } = layerTensors(layer);
  return {
    inputs: layer === 0 ? stepFeatures : units,
    units,
    inputKernel: weights[inputKernel],
    recurrentKernel: weights[recurrentKernel],
    bias: weights[bias],
  };
}
