import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import {
  type NetworkShape,
  type NetworkWeights,
  tensorDimensions,
  WEIGHT_TENSORS,
  type WeightTensor,
} from '../../domain/network';
import type { Tf } from './backend';
import type { SequenceBatch } from './batch';

/** The trained numbers as tensors of one batch; made and disposed with it. */
export type WeightTensors = Readonly<Record<WeightTensor, Tensor>>;

export function weightTensors(tf: Tf, weights: NetworkWeights): WeightTensors {
  const dimensions = tensorDimensions(weights.shape);
  const entries = WEIGHT_TENSORS.map((name) => [name, tf.tensor(weights[name], [...dimensions[name]], 'float32')]);
  return Object.fromEntries(entries) as WeightTensors;
}

/**
 * Hidden state after the last step, [B, H]: the LSTM of network.ts, from the zero state. Only operations that have a gradient on both
 * backends. Slices come from unstack and split, whose gradients (stack, concat) cost one copy; that of slice costs one per step.
 */
export function encode(tf: Tf, weights: WeightTensors, shape: NetworkShape, batch: SequenceBatch): Tensor2D {
  const { size: B, steps: T, paddedUntil } = batch;
  const { stepFeatures: F, units: H } = shape;
  const inputs = tf.tensor2d(batch.inputs, [T * B, F]);
  const projected = tf.add(tf.matMul(inputs, weights.inputKernel as Tensor2D), weights.bias) as Tensor2D;
  // unstack has no gradient for a single output.
  const ofStep = T === 1 ? [projected] : (tf.unstack(tf.reshape(projected, [T, B, 4 * H]), 0) as Tensor2D[]); // T × [B, 4H]
  const masks = tf.unstack(tf.tensor3d(batch.mask, [T, B, 1]), 0) as Tensor2D[]; // T × [B, 1]
  // Zeros, not nothing: a sequence of one step must have a gradient for the recurrent kernel too.
  let h: Tensor2D = tf.zeros([B, H]);
  let c: Tensor2D = tf.zeros([B, H]);
  for (let t = 0; t < T; t++) {
    const gates: Tensor2D = tf.add(ofStep[t]!, tf.matMul(h, weights.recurrentKernel as Tensor2D));
    const [i, f, g, o] = tf.split(gates, 4, 1) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
    const cell: Tensor2D = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
    // A masked cell is zero, and so is o·tanh(0): the state has not begun.
    c = t < paddedUntil ? tf.mul(cell, masks[t]!) : cell;
    h = tf.mul(tf.sigmoid(o), tf.tanh(c));
  }
  return h;
}

/** Raw outputs [B, 5] from hidden state and summary. */
export function heads(tf: Tf, weights: WeightTensors, hidden: Tensor2D, summary: Tensor2D): Tensor2D {
  const joined = tf.concat([hidden, summary], 1); // [B, H + S]
  const layer = tf.tanh(tf.add(tf.matMul(joined, weights.headKernel as Tensor2D), weights.headBias));
  return tf.add(tf.matMul(layer as Tensor2D, weights.outputKernel as Tensor2D), weights.outputBias);
}

/** A function of x through which no gradient flows back; x itself by default. TensorFlow.js has no operation for it. */
export function heldFixed(tf: Tf, x: Tensor, compute: (x: Tensor) => Tensor = tf.clone): Tensor {
  const fixed = tf.customGrad((y) => ({
    value: compute(y as Tensor),
    gradFunc: () => tf.zerosLike(y as Tensor),
  }));
  return fixed(x);
}
