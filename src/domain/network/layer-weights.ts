import { layerTensors, type NetworkWeights } from './weights';

/** Sizes and weights of one recurrent layer. */
export interface LayerWeights {
  readonly inputs: number; // n: F of the lowest layer, H of one above
  readonly units: number; // H
  readonly inputKernel: Float32Array; // [n, G·H]
  readonly recurrentKernel: Float32Array; // [H, G·H]
  readonly bias: Float32Array; // [G·H]
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
