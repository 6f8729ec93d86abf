import { layerTensors, type NetworkWeights } from './weights';

/** Sizes and numbers of one recurrent layer. */
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
   * Moves the layer's h, and c where it has one, in place: H numbers from `at` on in each array. `x` holds the n inputs from `xAt` on;
   * it may be `hidden` itself, elsewhere. h and c are rounded to float32 once a step, so that stepping on and stepping again from the
   * start give the same bits.
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
