import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { Random } from '../../domain/math/random';
import { OUTPUTS, readWidth } from '../../domain/network/shape';
import {
  HEAD_TENSORS,
  makeWeights,
  type NetworkWeights,
  tensorsOf,
  type WeightTensor,
} from '../../domain/network/weights';
import type { Example } from '../../domain/scoring/example';
import type { FitOptions, Learner, TrainingScope } from '../../ports/learner';
import { Adam, addPull, clipToNorm, type Gradients, shrinkKernels } from './adam';
import type { Backend, Tf } from './backend';
import { blendBatch, labelBatch, sequenceBatch, summaryBatch } from './batch';
import { batchesByLength } from './batch-order';
import { type DropoutMask, drawDropout } from './dropout';
import { encode, heads, type WeightTensors, weightTensors } from './graph';
import { exampleLosses } from './loss';

/** Rows of one pass without gradient. */
const FORWARD_ROWS = 256;

interface Training {
  readonly start: NetworkWeights;
  readonly current: NetworkWeights;
  /** Keeps its moments from one load to the next, so that fitting one epoch at a time equals fitting several. */
  readonly adam: Adam;
}

/**
 * Learns with TensorFlow.js, on whichever backend was loaded. The weights are plain arrays. Tensors live for one batch only, so no memory
 * leaks between fits. The result depends only on `random` and the backend.
 */
export class TensorFlowLearner implements Learner {
  readonly backend: string;
  private readonly tf: Tf;
  private training: Training | null = null;

  constructor(backend: Backend) {
    this.backend = backend.name;
    this.tf = backend.tf;
  }

  load(weights: NetworkWeights): void {
    this.training = { start: copyOf(weights), current: copyOf(weights), adam: new Adam() };
  }

  async fit(examples: readonly Example[], options: FitOptions): Promise<{ readonly loss: number }> {
    const { current } = this.loaded();
    const hidden = options.scope === 'heads' ? await this.readStates(examples) : null;
    const lengths = examples.map(({ steps }) => (hidden ? 1 : steps));
    let loss = 0;
    for (let epoch = 0; epoch < options.epochs; epoch++) {
      const batches = batchesByLength(lengths, options.batchSize, options.random);
      let sum = 0;
      let seen = 0;
      for (const [batch, members] of batches.entries()) {
        const chosen = members.map((i) => examples[i]!);
        const states = hidden && gatherRows(hidden, members, readWidth(current.shape));
        sum += this.step(chosen, states, options) * chosen.length;
        seen += chosen.length;
        loss = sum / seen;
        await yieldToEventLoop();
        if (options.onBatch?.({ epoch, batch, batches: batches.length, loss }) === false) return { loss };
      }
    }
    return { loss };
  }

  async rawOutputs(examples: readonly Example[]): Promise<Float32Array> {
    return this.forward(examples, OUTPUTS, (weights, chosen) => this.raw(weights, chosen, null));
  }

  async losses(examples: readonly Example[]): Promise<Float32Array> {
    return this.forward(examples, 1, (weights, chosen) => {
      const raw = this.raw(weights, chosen, null);
      return exampleLosses(this.tf, raw, weights.curve, labelBatch(chosen), blendBatch(chosen));
    });
  }

  weights(): NetworkWeights {
    return copyOf(this.loaded().current);
  }

  liveTensors(): number {
    return this.tf.memory().numTensors;
  }

  dispose(): void {
    this.training = null;
  }

  private loaded(): Training {
    if (!this.training) throw new Error('the learner has no weights: call load first');
    return this.training;
  }

  /** One gradient step. Returns the mean loss before it. `states`: the heads' inputs, [B, readWidth], if the encoder is frozen. */
  private step(examples: readonly Example[], states: Float32Array | null, options: FitOptions): number {
    const { current, start, adam } = this.loaded();
    const { loss, gradients } = this.lossAndGradients(examples, states, options);
    addPull(gradients, current, start, options.pull);
    // A gradient that is not finite would ruin the weights for good. The step is skipped, and the loss shows it.
    if (Number.isFinite(clipToNorm(gradients, options.clipNorm))) {
      adam.update(current, gradients, options.learningRate);
      shrinkKernels(current, gradients, options.learningRate * (options.weightDecay ?? 0));
    }
    return loss;
  }

  private lossAndGradients(
    examples: readonly Example[],
    states: Float32Array | null,
    { scope, dropout = 0, random }: FitOptions,
  ): { loss: number; gradients: Gradients } {
    const { tf } = this;
    const { current } = this.loaded();
    const masks = dropout === 0 ? null : this.drawMasks(examples.length, scope, dropout, random);
    const trained: readonly WeightTensor[] = scope === 'heads' ? HEAD_TENSORS : tensorsOf(current.shape);
    const gradients: Gradients = {};
    let loss = 0;
    tf.tidy(() => {
      const all = weightTensors(tf, current);
      const meanLoss = (...tensors: Tensor[]) => {
        const weights: WeightTensors = { ...all, ...Object.fromEntries(trained.map((name, i) => [name, tensors[i]!])) };
        const raw = this.raw(weights, examples, states, masks);
        return tf.mean(exampleLosses(tf, raw, weights.curve, labelBatch(examples), blendBatch(examples)));
      };
      const { value, grads } = tf.valueAndGrads(meanLoss)(trained.map((name) => all[name]));
      loss = value.dataSync()[0]!;
      trained.forEach((name, i) => {
        // A copy: the WebAssembly backend returns a view of its heap.
        gradients[name] = Float32Array.from(grads[i]!.dataSync());
      });
    });
    return { loss, gradients };
  }

  /** One mask per layer, [B, H]. If the encoder is frozen, one mask for the heads' inputs, [B, readWidth]. */
  private drawMasks(rows: number, scope: TrainingScope, rate: number, random: Random): DropoutMask[] {
    const { shape } = this.loaded().current;
    if (scope === 'heads') return [drawDropout(rows * readWidth(shape), rate, random)];
    return Array.from({ length: shape.layers }, () => drawDropout(rows * shape.units, rate, random));
  }

  private raw(
    weights: WeightTensors,
    examples: readonly Example[],
    states: Float32Array | null,
    masks: readonly DropoutMask[] | null = null,
  ): Tensor2D {
    const { tf } = this;
    const { shape } = this.loaded().current;
    const read = states
      ? tf.tensor2d(masks ? states.map((x, i) => x * masks[0]![i]!) : states, [examples.length, readWidth(shape)])
      : encode(tf, weights, shape, sequenceBatch(examples, shape.stepFeatures), masks);
    const S = shape.summaryFeatures;
    return heads(tf, weights, read, tf.tensor2d(summaryBatch(examples, S), [examples.length, S]));
  }

  /** The heads' inputs from the recurrent part, [examples, readWidth]. They don't change while only the heads learn. */
  private readStates(examples: readonly Example[]): Promise<Float32Array> {
    const { shape } = this.loaded().current;
    return this.forward(examples, readWidth(shape), (weights, chosen) =>
      encode(this.tf, weights, shape, sequenceBatch(chosen, shape.stepFeatures)),
    );
  }

  /**
   * Runs `compute` over all examples in batches of similar length. It returns `width` numbers per example, in the order of the examples.
   */
  private async forward(
    examples: readonly Example[],
    width: number,
    compute: (weights: WeightTensors, chosen: readonly Example[]) => Tensor,
  ): Promise<Float32Array> {
    const result = new Float32Array(examples.length * width);
    const order = examples.map((_, i) => i).sort((a, b) => examples[a]!.steps - examples[b]!.steps);
    for (let from = 0; from < order.length; from += FORWARD_ROWS) {
      const members = order.slice(from, from + FORWARD_ROWS);
      this.tf.tidy(() => {
        const weights = weightTensors(this.tf, this.loaded().current);
        const values = compute(
          weights,
          members.map((i) => examples[i]!),
        ).dataSync();
        members.forEach((i, row) => {
          for (let k = 0; k < width; k++) result[i * width + k] = values[row * width + k]!;
        });
      });
      await yieldToEventLoop();
    }
    return result;
  }
}

function gatherRows(matrix: Float32Array, rows: readonly number[], width: number): Float32Array {
  const gathered = new Float32Array(rows.length * width);
  rows.forEach((row, i) => {
    gathered.set(matrix.subarray(row * width, (row + 1) * width), i * width);
  });
  return gathered;
}

function copyOf(weights: NetworkWeights): NetworkWeights {
  return makeWeights(weights.shape, (name) => weights[name].slice());
}

function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
