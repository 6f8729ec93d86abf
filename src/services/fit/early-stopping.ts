import type { Random } from '../../domain/math/random';
import { mean } from '../../domain/metrics/errors';
import type { Example } from '../../domain/scoring/example';
import type { Learner } from '../../ports/learner';

/** Options for the passes over the examples. */
export interface PassOptions {
  readonly epochs: number;
  /** Training stops after this many epochs without a better validation loss. */
  readonly patience: number;
  /** Maximum examples of a gradient step. Small training sets use fewer, to reach about {@link BATCHES_PER_EPOCH} steps per epoch. */
  readonly batchSize: number;
  /** Initial rate. It falls along a half cosine to a thirtieth. */
  readonly learningRate: number;
  readonly clipNorm: number;
  /** Strength of the L2-SP penalty for moving away from the starting weights. */
  readonly pull: number;
  readonly dropout: number;
  readonly weightDecay: number;
}

export type PassProgress =
  | { readonly phase: 'training'; readonly epoch: number; readonly done: number; readonly loss: number }
  | { readonly phase: 'epoch'; readonly epoch: number; readonly trainLoss: number; readonly validationLoss: number };

interface Passes extends PassOptions {
  /** If true, the starting weights count as epoch 0 and may be the result. */
  readonly judgeStart: boolean;
  readonly random: Random;
  readonly onProgress?: (progress: PassProgress) => void;
}

/** With a few thousand customers, batches of a thousand would give about a hundred steps in all: too few to train the network. */
const BATCHES_PER_EPOCH = 24;
const LEAST_BATCH = 128;

/** Leaves the weights of the best epoch in the learner. `shown` returns the examples of the next pass. Losses are means, nats. */
export async function fitWithEarlyStopping(
  learner: Learner,
  shown: () => readonly Example[],
  validation: readonly Example[],
  options: Passes,
): Promise<{ epochs: number; trainLoss: number; validationLoss: number }> {
  let best = {
    weights: learner.weights(),
    epochs: 0,
    trainLoss: Number.NaN,
    validationLoss: options.judgeStart ? mean(await learner.losses(validation)) : Number.POSITIVE_INFINITY,
  };
  for (let epoch = 1; epoch <= options.epochs && epoch - best.epochs <= options.patience; epoch++) {
    const trainLoss = await onePass(learner, shown(), epoch, options);
    const validationLoss = mean(await learner.losses(validation));
    options.onProgress?.({ phase: 'epoch', epoch, trainLoss, validationLoss });
    if (validationLoss < best.validationLoss) {
      best = { weights: learner.weights(), epochs: epoch, trainLoss, validationLoss };
    }
  }
  const { weights, ...figures } = best;
  learner.load(weights);
  return figures;
}

/** The power of two nearest to a {@link BATCHES_PER_EPOCH}th of the examples, from {@link LEAST_BATCH} to `most`. */
export function batchSizeFor(examples: number, most: number): number {
  const wanted = 2 ** Math.round(Math.log2(Math.max(1, examples) / BATCHES_PER_EPOCH));
  return Math.min(most, Math.max(LEAST_BATCH, wanted));
}

/** Runs exactly `epochs` passes, a number found by early stopping elsewhere. The rate falls as over `options.epochs`. */
export async function fitFor(
  learner: Learner,
  shown: () => readonly Example[],
  validation: readonly Example[],
  epochs: number,
  options: Passes,
): Promise<{ epochs: number; trainLoss: number; validationLoss: number }> {
  let trainLoss = Number.NaN;
  let validationLoss = Number.NaN;
  for (let epoch = 1; epoch <= epochs; epoch++) {
    trainLoss = await onePass(learner, shown(), epoch, options);
    validationLoss = mean(await learner.losses(validation));
    options.onProgress?.({ phase: 'epoch', epoch, trainLoss, validationLoss });
  }
  return { epochs, trainLoss, validationLoss };
}

async function onePass(
  learner: Learner,
  examples: readonly Example[],
  epoch: number,
  options: Passes,
): Promise<number> {
  const { batchSize, clipNorm, pull, dropout, weightDecay, random } = options;
  const { loss } = await learner.fit(examples, {
    scope: 'all',
    epochs: 1,
    batchSize: batchSizeFor(examples.length, batchSize),
    learningRate: options.learningRate * fallingRate((epoch - 1) / options.epochs),
    clipNorm,
    pull,
    dropout,
    weightDecay,
    random,
    onBatch: ({ batch, batches, loss: soFar }) => {
      options.onProgress?.({ phase: 'training', epoch, done: (batch + 1) / batches, loss: soFar });
      return undefined;
    },
  });
  return loss;
}

/** From 1 to 1/30 along a half cosine (Loshchilov and Hutter 2017). */
function fallingRate(done: number): number {
  const least = 1 / 30;
  return least + ((1 - least) * (1 + Math.cos(Math.PI * done))) / 2;
}
