import type { Tensor } from '@tensorflow/tfjs-core';
import type { Tf } from './backend';

/** A function of x through which no gradient flows back; x itself by default. TensorFlow.js has no operation for it. */
export function heldFixed(tf: Tf, x: Tensor, compute: (x: Tensor) => Tensor = tf.clone): Tensor {
  const fixed = tf.customGrad((y) => ({
    value: compute(y as Tensor),
    gradFunc: () => tf.zerosLike(y as Tensor),
  }));
  return fixed(x);
}
