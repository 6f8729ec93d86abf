import type { NetworkWeights } from '../domain/network/weights';
import type { Example } from '../domain/scoring/example';

/** heads: the encoder stays, stored states stay valid. all: encoder too; every state is re-encoded at its next touch. */
export type TrainingScope = 'heads' | 'all';

export interface FitOptions {
  readonly scope: TrainingScope;
  readonly epochs: number;
  readonly batchSize: number;
  readonly learningRate: number;
  /** Global norm of the gradient above which it is scaled down. */
  readonly clipNorm: number;
  /** Strength of the pull to the weights given to `load` (L2-SP); 0 for none. */
  readonly pull: number;
  /** Chance of each number of a layer's h not to be read, one draw per sequence; 0 where absent. Nothing is dropped but in `fit`. */
  readonly dropout?: number;
  /** L2: each step takes learningRate × this off the kernels that learn; biases stay. 0 where absent. */
  readonly weightDecay?: number;
  /** Uniform [0, 1), for the order of the examples and for dropout. */
  readonly random: () => number;
  /** Called after each batch with the mean loss so far; may stop early by returning false. */
  readonly onBatch?: (facts: { epoch: number; batch: number; batches: number; loss: number }) => boolean | undefined;
}

/**
 * Learns weights from examples. Not its business: which examples, when, and whether the result is any good (the gate says).
 */
export interface Learner {
  /** 'tensorflow' (native) or 'wasm'. */
  readonly backend: string;
  /** Starts from these weights; they are also what `pull` pulls to. */
  load(weights: NetworkWeights): void;
  /** Gradient steps (Adam). Yields to the event loop between batches. Resolves to the mean loss of the last epoch, nats. */
  fit(examples: readonly Example[], options: FitOptions): Promise<{ readonly loss: number }>;
  /** Raw outputs of the heads, [examples, 5], by the training graph: what the served kernel must equal to 1e-5. */
  rawOutputs(examples: readonly Example[]): Promise<Float32Array>;
  /** Loss of each example, by the training graph. */
  losses(examples: readonly Example[]): Promise<Float32Array>;
  weights(): NetworkWeights;
  /** Tensors alive in the backend: flat over any number of load and fit. */
  liveTensors(): number;
  /** A fit under way rejects at its next batch. */
  dispose(): void;
}
