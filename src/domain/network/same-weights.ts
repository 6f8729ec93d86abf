import type { NetworkShape } from './shape';
import { type NetworkWeights, WEIGHT_TENSORS } from './weights';

/** True if both have one shape and equal numbers. Versions differ more often: they also cover settings and the model card. */
export function sameWeights(a: NetworkWeights, b: NetworkWeights): boolean {
  return sameShape(a.shape, b.shape) && WEIGHT_TENSORS.every((name) => sameNumbers(a[name], b[name]));
}

function sameShape(a: NetworkShape, b: NetworkShape): boolean {
  return (Object.keys(a) as (keyof NetworkShape)[]).every((size) => a[size] === b[size]);
}

function sameNumbers(a: Float32Array, b: Float32Array): boolean {
  return a.length === b.length && a.every((number, i) => number === b[i]);
}
