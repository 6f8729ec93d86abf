import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { Tf } from './backend';
import { heldFixed } from './held-fixed';

/** Subtracted from the score of a step that a row lacks: e^(−1e9) is 0 in float32. */
const FAR = 1e9;

/**
 * The context of src/domain/network/attention.ts with tensors, [B, H]. `query` [B, H] is h after the virtual step. `keys`, T × [B, H], are
 * the zero state and then h after each kept event. `masks`, T × [B, 1], are 1 if the row has that key.
 */
export function attend(
  tf: Tf,
  kernel: Tensor2D,
  query: Tensor2D,
  keys: readonly Tensor2D[],
  masks: readonly Tensor2D[],
): Tensor2D {
  const [, H] = query.shape;
  const allKeys = tf.stack([...keys], 0); // [T, B, H]
  const mask = tf.stack([...masks], 0); // [T, B, 1]
  const projected = tf.div(tf.matMul(query, kernel), Math.sqrt(H));
  const scores = tf.add(tf.sum(tf.mul(allKeys, projected), 2, true), tf.mul(tf.sub(mask, 1), FAR)); // [T, B, 1]
  const most = heldFixed(tf, scores, (x) => tf.max(x, 0, true));
  const weights = tf.exp(tf.sub(scores, most));
  const shares: Tensor = tf.div(weights, tf.sum(weights, 0, true));
  return tf.sum(tf.mul(allKeys, shares), 0) as Tensor2D;
}
