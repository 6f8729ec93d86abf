import type { NetworkWeights } from '../domain/network/weights';
import type { Example } from '../domain/scoring/example';

/** heads: the encoder stays the same and stored states stay valid. all: the encoder too; each state is re-encoded at its next use. */
export type TrainingScope = 'heads' | 'all';

export interface FitOptions {
  readonly scope: TrainingScope;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Global norm of the gradient above which it is scaled down. */
  readonly clipNorm: number;
  /** Strength of the L2-SP penalty for moving away from the weights of `load`; 0 for none. */
  readonly pull: number;
  /** Probability that a number of a layer's h is dropped, one draw per sequence. Default 0. Applies in `fit` only. */
  readonly dropout?: number;
  /** Decoupled L2: each step shrinks the trained kernels by the share learningRate × this. Biases are not decayed. Default 0. */
  readonly weightDecay?: number;
  /** Uniform [0, 1), for the order of the examples and for dropout. */
  readonly random: () => number;
  /** Called after each batch with the mean loss so far. Returning false stops the training. */
  readonly onBatch?: (facts: { epoch: number; batch: number; batches: number; loss: number }) => boolean | undefined;
}

/**
 * Trains weights on examples. The caller chooses examples and times. The gate judges the result.
 */
export interface Learner {
  /** 'tensorflow' (native) or 'wasm'. */
  readonly backend: string;
  /** Sets the starting weights, which are also the target of `pull`. */
  load(weights: NetworkWeights): void;
  /** Gradient steps (Adam). Yields to the event loop between batches. Resolves to the mean loss of the last epoch, nats. */
  fit(examples: readonly Example[], options: FitOptions): Promise<{ readonly loss: number }>;
  /** Raw outputs of the heads by the training graph, [examples, 5]. The served kernel must equal them to 1e-5. */
  rawOutputs(examples: readonly Example[]): Promise<Float32Array>;
  /** Loss of each example, by the training graph. */
  losses(examples: readonly Example[]): Promise<Float32Array>;
  weights(): NetworkWeights;
  /** Number of tensors in the backend. It must not grow with calls of load and fit. */
  liveTensors(): number;
  /** Frees the backend's memory. A running fit rejects at its next batch. */
  dispose(): void;
}
