import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import { GATES, type NetworkShape } from '../../domain/network/shape';
import {
  layerTensors,
  type NetworkWeights,
  tensorDimensions,
  tensorsOf,
  type WeightTensor,
} from '../../domain/network/weights';
import { attend } from './attention';
import type { Tf } from './backend';
import type { SequenceBatch } from './batch';
import { CELL_STEPS, type LayerState } from './cells';
import type { DropoutMask } from './dropout';

/** The trained numbers as tensors of one batch, only those that the shape has. Created and disposed with the batch. */
export type WeightTensors = Readonly<Record<WeightTensor, Tensor>>;

export function weightTensors(tf: Tf, weights: NetworkWeights): WeightTensors {
  const dimensions = tensorDimensions(weights.shape);
  const names = tensorsOf(weights.shape);
  const entries = names.map((name) => [name, tf.tensor(weights[name], [...dimensions[name]], 'float32')]);
  return Object.fromEntries(entries) as WeightTensors;
}

/**
 * The heads' input from the recurrent part: [B, H], or [B, 2H] with attention. It is the top layer's h after the last step, starting at the
 * zero state, followed by the context.
 * The network of src/domain/network with tensors, from operations that have a gradient on both backends. Slices come from unstack and
 * split: their gradients (stack, concat) cost one copy, that of slice costs one per step.
 *
 * `masks`: dropout of each layer, [B, H], the same at every step (Gal and Ghahramani 2016). It applies whenever another part reads h: the
 * next step, the layer above, attention and heads. The state inside the cell is not dropped.
 */
export function encode(
  tf: Tf,
  weights: WeightTensors,
  shape: NetworkShape,
  batch: SequenceBatch,
  masks: readonly DropoutMask[] | null = null,
): Tensor2D {
  const { size: B, steps: T } = batch;
  const begun = tf.unstack(tf.tensor3d(batch.mask, [T, B, 1]), 0) as Tensor2D[]; // T × [B, 1]
  let inputs: Tensor2D = tf.tensor2d(batch.inputs, [T * B, shape.stepFeatures]);
  let states: Tensor2D[] = []; // T × [B, H]
  for (let layer = 0; layer < shape.layers; layer++) {
    if (layer > 0) inputs = tf.concat(states, 0);
    states = runLayer(tf, weights, shape, layer, inputs, batch, begun, masks?.[layer]);
  }
  const h = states[T - 1]!;
  if (!shape.attention) return h;
  const keys = [tf.zeros([B, shape.units]) as Tensor2D, ...states.slice(0, T - 1)];
  const known = [tf.ones([B, 1]) as Tensor2D, ...begun.slice(0, T - 1)];
  return tf.concat([h, attend(tf, weights.attentionKernel as Tensor2D, h, keys, known)], 1);
}

/** h of one layer after each step, T × [B, H], with dropout applied. Computed from its inputs [T·B, n]. */
function runLayer(
  tf: Tf,
  weights: WeightTensors,
  { units: H, cell }: NetworkShape,
  layer: number,
  inputs: Tensor2D,
  { size: B, steps: T, paddedUntil }: SequenceBatch,
  begun: readonly Tensor2D[],
  dropout: DropoutMask | undefined,
): Tensor2D[] {
  const names = layerTensors(layer);
  const projected: Tensor2D = tf.add(tf.matMul(inputs, weights[names.inputKernel] as Tensor2D), weights[names.bias]);
  // unstack has no gradient for a single output.
  const ofStep = T === 1 ? [projected] : (tf.unstack(tf.reshape(projected, [T, B, GATES[cell] * H]), 0) as Tensor2D[]);
  const step = CELL_STEPS[cell];
  const mask: Tensor2D | null = dropout ? tf.tensor2d(dropout, [B, H]) : null;
  const states: Tensor2D[] = [];
  // Zeros and not null: the recurrent kernel needs a gradient for a sequence of one step, too.
  let state: LayerState = { h: tf.zeros([B, H]), c: tf.zeros([B, H]) };
  for (let t = 0; t < T; t++) {
    const read = t === 0 ? state.h : states[t - 1]!;
    const fromState: Tensor2D = tf.matMul(read, weights[names.recurrentKernel] as Tensor2D);
    state = step(tf, ofStep[t]!, fromState, state, t < paddedUntil ? begun[t]! : null);
    states.push(mask === null ? state.h : tf.mul(state.h, mask));
  }
  return states;
}

/** Raw outputs [B, 5] from the recurrent part's output and the summary [B, S]. */
export function heads(tf: Tf, weights: WeightTensors, read: Tensor2D, summary: Tensor2D): Tensor2D {
  const joined = tf.concat([read, summary], 1);
  const layer = tf.tanh(tf.add(tf.matMul(joined, weights.headKernel as Tensor2D), weights.headBias));
  return tf.add(tf.matMul(layer as Tensor2D, weights.outputKernel as Tensor2D), weights.outputBias);
}
