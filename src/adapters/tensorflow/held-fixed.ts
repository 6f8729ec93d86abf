import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tf } from './backend';

/** A function of x without a gradient (by default x itself). TensorFlow.js has no such operation. */
export function heldFixed(tf: Tf, x: Tensor, compute: (x: Tensor) => Tensor = tf.clone): Tensor {
  const fixed = tf.customGrad((y) => ({
    value: compute(y as Tensor),
    gradFunc: () => tf.zerosLike(y as Tensor),
  }));
  return fixed(x);
}
