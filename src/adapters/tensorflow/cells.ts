import type { Tensor2D } from '@tensorflow/tfjs-core';
import type { CellKind } from '../../domain/network/shape';
import type { Tf } from './backend';

/** State of a layer between two steps, [B, H] each. Only the LSTM uses c. The others pass zeros through. */
export interface LayerState {
  readonly h: Tensor2D;
  readonly c: Tensor2D;
}

/**
 * One step of a batch: `fromInput` = xW + b and `fromState` = hU, [B, G·H]. `mask` [B, 1] is 0 for a row whose sequence has not begun: its
 * state stays zero. null if every row has begun.
 */
type CellStep = (
  tf: Tf,
  fromInput: Tensor2D,
  fromState: Tensor2D,
  state: LayerState,
  mask: Tensor2D | null,
) => LayerState;

/** The cells of src/domain/network with tensors: change both together. */
export const CELL_STEPS: Readonly<Record<CellKind, CellStep>> = {
  lstm: (tf, fromInput, fromState, state, mask) => {
    const gates: Tensor2D = tf.add(fromInput, fromState);
    const [i, f, g, o] = tf.split(gates, 4, 1) as [Tensor2D, Tensor2D, Tensor2D, Tensor2D];
    const cell: Tensor2D = tf.add(tf.mul(tf.sigmoid(f), state.c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
    // A masked cell is zero, and so is o·tanh(0).
    const c = masked(tf, cell, mask);
    return { h: tf.mul(tf.sigmoid(o), tf.tanh(c)), c };
  },
  gru: (tf, fromInput, fromState, { h, c }, mask) => {
    const [inputZ, inputR, inputG] = tf.split(fromInput, 3, 1) as [Tensor2D, Tensor2D, Tensor2D];
    const [stateZ, stateR, stateG] = tf.split(fromState, 3, 1) as [Tensor2D, Tensor2D, Tensor2D];
    const update: Tensor2D = tf.sigmoid(tf.add(inputZ, stateZ));
    const reset: Tensor2D = tf.sigmoid(tf.add(inputR, stateR));
    const candidate: Tensor2D = tf.tanh(tf.add(inputG, tf.mul(reset, stateG)));
    // z·h + (1 − z)·g = g + z·(h − g)
    const next: Tensor2D = tf.add(candidate, tf.mul(update, tf.sub(h, candidate)));
    return { h: masked(tf, next, mask), c };
  },
  rnn: (tf, fromInput, fromState, { c }, mask) => ({
    h: masked(tf, tf.tanh(tf.add(fromInput, fromState)), mask),
    c,
  }),
};

function masked(tf: Tf, x: Tensor2D, mask: Tensor2D | null): Tensor2D {
  return mask === null ? x : tf.mul(x, mask);
}
