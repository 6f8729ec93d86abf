import { negativeBinomialLoss } from '../../src/domain/distribution/count-distribution';
import { expectedOrders, type OrderCurve } from '../../src/domain/distribution/order-curve';
import { INTERVAL_EDGES_DAYS } from '../../src/domain/label-intervals';
import { mulberry32, type Random } from '../../src/domain/math/random';
import { Network } from '../../src/domain/network/network';
import { type NetworkShape, OUTPUTS } from '../../src/domain/network/shape';
import {
  ENCODER_TENSORS,
  initialWeights,
  type NetworkWeights,
  tensorsOf,
  WEIGHT_TENSORS,
} from '../../src/domain/network/weights';
import { blended } from '../../src/domain/scoring/blend';
import { type Example, exampleLoss, LOSS_WEIGHTS, type OriginLabel, openLoss } from '../../src/domain/scoring/example';
import { type HeadOutputs, readHeads } from '../../src/domain/scoring/model';
import type { FitOptions, Learner } from '../../src/ports/learner';
import { randomExample, randomWeights, SHAPES, servedExample, TINY_SHAPE } from '../support/examples';
import { testSeed } from '../support/seeded';

const OPTIONS: Omit<FitOptions, 'random'> = {
  scope: 'all',
  epochs: 1,
  batchSize: 16,
  learningRate: 0.01,
  clipNorm: 5,
  pull: 0,
};

/** What every learner must keep, against the domain's own kernel and loss. `create` makes a fresh one. */
export function learnerContract(name: string, create: () => Promise<Learner>): void {
  const seed = testSeed();
  describe(`${name}: learner contract, CLV_TEST_SEED=${seed}`, () => {
    const examplesOf = (n: number, from = seed) => {
      const random = mulberry32(from);
      return Array.from({ length: n }, () => randomExample(random));
    };
    const weightsOf = (shape: NetworkShape = TINY_SHAPE) => randomWeights(shape, mulberry32(seed + 1));
    let learner: Learner;

    // One for each test: a fit whose test ran out of time must not train the next test's weights.
    beforeEach(async () => {
      learner = await create();
    });
    afterEach(() => learner.dispose());

    test.each(SHAPES)('%s: raw outputs equal the served kernel to 1e-5', async (_name, shape) => {
      const examples = examplesOf(300);
      const weights = weightsOf(shape);
      learner.load(weights);
      const raw = await learner.rawOutputs(examples);
      const expected = examples.flatMap((example) => [...kernelOutputs(weights, example)]);
      expect(worstDifference(raw, expected)).toBeLessThan(1e-5);
    });

    test('losses equal exampleLoss to 1e-4 of their size', async () => {
      const examples = examplesOf(300);
      const weights = weightsOf();
      learner.load(weights);
      const losses = await learner.losses(examples);
      const expected = examples.map((example) => domainLoss(weights, example));
      expect(worstDifference(losses, expected)).toBeLessThan(1e-4);
    });

    test('losses of blended examples and of open intervals equal those of the blended outputs', async () => {
      const random = mulberry32(seed + 4);
      const examples = Array.from({ length: 400 }, () => servedExample(random));
      const weights = weightsOf();
      learner.load(weights);
      const expected = examples.map((example) => domainLoss(weights, example));
      expect(worstDifference(await learner.losses(examples), expected)).toBeLessThan(1e-4);
    });

    test('one step on blended examples and open intervals goes against the gradient by finite differences', async () => {
      const random = mulberry32(seed + 5);
      const examples = Array.from({ length: 24 }, () => servedExample(random));
      const weights = weightsOf();
      learner.load(weights);
      await learner.fit(examples, { ...OPTIONS, batchSize: 24, clipNorm: 1e9, random: mulberry32(seed) });
      expect(checkedSigns(weights, learner.weights(), examples, mulberry32(seed + 2))).toBeGreaterThan(10);
    });

    test('a curve at and around κ = 0 has the same loss', async () => {
      const examples = examplesOf(60);
      for (const offset of [0, 1e-7, -1e-4, 3e-3, -0.05]) {
        const weights = weightsOf();
        weights.curve[0] = Math.log(Math.expm1(1 + offset));
        learner.load(weights);
        const expected = examples.map((example) => domainLoss(weights, example));
        expect(worstDifference(await learner.losses(examples), expected)).toBeLessThan(1e-4);
      }
    });

    test.each(SHAPES)(
      '%s: one step of every weight goes against the gradient of exampleLoss by finite differences',
      async (_name, shape) => {
        // Adam's first step is −learning rate × the sign of the gradient, so its direction shows each gradient's sign.
        const examples = examplesOf(24);
        const weights = weightsOf(shape);
        learner.load(weights);
        await learner.fit(examples, { ...OPTIONS, batchSize: 24, clipNorm: 1e9, random: mulberry32(seed) });
        const moved = learner.weights();
        expect(checkedSigns(weights, moved, examples, mulberry32(seed + 2))).toBeGreaterThan(10);
      },
    );

    test('learns what can be learnt', async () => {
      const random = mulberry32(seed);
      const examples = learnable(random, 400);
      const weights = initialWeights(TINY_SHAPE, mulberry32(seed + 3));
      learner.load(weights);
      const before = mean(await learner.losses(examples));
      const fitted = await learner.fit(examples, { ...OPTIONS, epochs: 15, learningRate: 0.03, random });
      const after = mean(await learner.losses(examples));
      expect(after).toBeLessThan(before);
      expect(Math.abs(fitted.loss - after)).toBeLessThan(Math.abs(before - after));
      const raw = await learner.rawOutputs(learnable(random, 2));
      expect(raw[OUTPUTS]! - raw[0]!).toBeGreaterThan(1);
    }, 180_000);

    test.each(SHAPES)("%s: scope 'heads' leaves the encoder bit-equal and trains the rest", async (_name, shape) => {
      const weights = weightsOf(shape);
      learner.load(weights);
      await learner.fit(examplesOf(64), { ...OPTIONS, scope: 'heads', epochs: 2, random: mulberry32(seed) });
      const after = learner.weights();
      for (const name of ENCODER_TENSORS) expect(after[name]).toEqualNumbers(weights[name]);
      for (const name of ['headKernel', 'outputKernel', 'curve'] as const)
        expect(after[name]).not.toEqual(weights[name]);
    });

    test('the first step is the same for heads whether the encoder learns too or not', async () => {
      const examples = examplesOf(32);
      const steps = [];
      for (const scope of ['heads', 'all'] as const) {
        learner.load(weightsOf());
        await learner.fit(examples, { ...OPTIONS, scope, batchSize: 32, clipNorm: 1e9, random: mulberry32(seed) });
        steps.push(learner.weights().outputBias);
      }
      expect(worstDifference(steps[0]!, steps[1]!)).toBeLessThan(1e-4);
    });

    test('a strong pull keeps the weights near where they started', async () => {
      const distances = [];
      for (const pull of [0, 100]) {
        const weights = weightsOf();
        learner.load(weights);
        await learner.fit(examplesOf(128), { ...OPTIONS, epochs: 10, pull, clipNorm: 1e9, random: mulberry32(seed) });
        distances.push(distance(weights, learner.weights()));
      }
      expect(distances[1]).toBeLessThan(distances[0]! / 2);
    });

    test('fitting epoch by epoch equals fitting several at once', async () => {
      const examples = examplesOf(48);
      learner.load(weightsOf());
      await learner.fit(examples, { ...OPTIONS, epochs: 3, random: mulberry32(seed) });
      const atOnce = learner.weights();
      learner.load(weightsOf());
      const random = mulberry32(seed);
      for (let epoch = 0; epoch < 3; epoch++) await learner.fit(examples, { ...OPTIONS, random });
      expect(distance(atOnce, learner.weights())).toBeLessThan(1e-5);
    });

    test('the same seed gives the same weights, another one others', async () => {
      const fitted = [];
      for (const from of [seed, seed, seed + 1]) {
        learner.load(weightsOf());
        await learner.fit(examplesOf(64), { ...OPTIONS, epochs: 2, random: mulberry32(from) });
        fitted.push(learner.weights());
      }
      for (const name of WEIGHT_TENSORS) expect(fitted[1]![name]).toEqualNumbers(fitted[0]![name]);
      expect(fitted[2]!.outputKernel).not.toEqualNumbers(fitted[0]!.outputKernel);
    });

    test.each(['all', 'heads'] as const)(
      "dropout, scope '%s': drawn from the seed, and in fitting alone",
      async (scope) => {
        const examples = examplesOf(64);
        const fitted = [];
        for (const dropout of [0.5, 0.5, 0]) {
          learner.load(weightsOf());
          const before = await learner.rawOutputs(examples);
          await learner.fit(examples, { ...OPTIONS, scope, dropout, learningRate: 0, random: mulberry32(seed) });
          expect(await learner.rawOutputs(examples)).toEqualNumbers(before);
          await learner.fit(examples, { ...OPTIONS, scope, dropout, epochs: 2, random: mulberry32(seed) });
          fitted.push(learner.weights().outputKernel);
        }
        expect(fitted[1]!).toEqualNumbers(fitted[0]!);
        expect(fitted[2]!).not.toEqualNumbers(fitted[0]!);
      },
    );

    test('weight decay shortens the kernels', async () => {
      const lengths = [];
      for (const weightDecay of [0, 5]) {
        learner.load(weightsOf());
        await learner.fit(examplesOf(64), { ...OPTIONS, epochs: 5, weightDecay, random: mulberry32(seed) });
        lengths.push(Math.hypot(...learner.weights().headKernel));
      }
      expect(lengths[1]).toBeLessThan(0.7 * lengths[0]!);
    });

    test('weights come and go as copies', async () => {
      const weights = weightsOf();
      const kept = weights.headKernel.slice();
      learner.load(weights);
      learner.weights().headKernel.fill(0);
      await learner.fit(examplesOf(16), { ...OPTIONS, random: mulberry32(seed) });
      expect(weights.headKernel).toEqualNumbers(kept);
    });

    test('reports each batch and stops on request', async () => {
      learner.load(weightsOf());
      const seen: number[] = [];
      await learner.fit(examplesOf(64), {
        ...OPTIONS,
        epochs: 5,
        random: mulberry32(seed),
        onBatch: ({ batch, batches, loss }) => {
          expect(batches).toBe(4);
          expect(Number.isFinite(loss)).toBe(true);
          seen.push(batch);
          return seen.length < 6;
        },
      });
      expect(seen).toEqual([0, 1, 2, 3, 0, 1]);
    });

    test.each(SHAPES)('%s: sequences of the virtual step alone are learnt from', async (_name, shape) => {
      const random = mulberry32(seed);
      const weights = weightsOf(shape);
      learner.load(weights);
      const examples = Array.from({ length: 20 }, () => randomExample(random, 1));
      await learner.fit(examples, { ...OPTIONS, random });
      expect(learner.weights().inputKernel).not.toEqualNumbers(weights.inputKernel);
      expect(learner.weights().recurrentKernel).toEqualNumbers(weights.recurrentKernel);
    });

    test('an example of huge values moves the weights by no more than the others can', async () => {
      const random = mulberry32(seed);
      const example = randomExample(random, 3);
      const wild: Example = {
        ...example,
        sequence: example.sequence.map(() => 1e6),
        summary: example.summary.map(() => 1e6),
      };
      learner.load(weightsOf());
      await learner.fit([wild, ...examplesOf(15)], { ...OPTIONS, epochs: 3, random });
      const after = learner.weights();
      for (const name of WEIGHT_TENSORS) expect(after[name].every(Number.isFinite)).toBe(true);
    });

    test('dispose ends a fit at its next batch', async () => {
      learner.load(weightsOf());
      let batches = 0;
      const fitting = learner.fit(examplesOf(64), {
        ...OPTIONS,
        epochs: 1_000,
        random: mulberry32(seed),
        onBatch: () => {
          batches += 1;
          if (batches === 3) learner.dispose();
          return true;
        },
      });
      await expect(fitting).rejects.toThrow('the learner has no weights');
      expect(batches).toBe(3);
    });

    test('tensors stay flat over 100 loads and fits', async () => {
      const examples = examplesOf(4).map((example) => randomExample(mulberry32(example.steps), 2));
      const cycle = async (i: number) => {
        learner.load(weightsOf());
        await learner.fit(examples, { ...OPTIONS, scope: i % 2 ? 'heads' : 'all', random: mulberry32(i) });
      };
      await cycle(0);
      await cycle(1);
      await learner.losses(examples);
      const before = learner.liveTensors();
      for (let i = 0; i < 100; i++) await cycle(i);
      await learner.losses(examples);
      await learner.rawOutputs(examples);
      expect(learner.liveTensors()).toBe(before);
    }, 180_000);
  });
}

function kernelOutputs(weights: NetworkWeights, example: Example): Float64Array {
  return new Network(weights).outputs(example.steps, example.sequence, example.summary);
}

function outputsOf(weights: NetworkWeights, example: Example): HeadOutputs {
  const alone = readHeads(kernelOutputs(weights, example), weights.curve[0]!, example.baseOrderValueMinor);
  return example.blend === undefined ? alone : blended(alone, example.blend);
}

function domainLoss(weights: NetworkWeights, example: Example): number {
  const outputs = outputsOf(weights, example);
  return exampleLoss(outputs, example.label) + openPart(outputs, example);
}

function openPart(outputs: HeadOutputs, { label, openOrders }: Example): number {
  return openOrders === undefined ? 0 : openLoss(outputs, label, openOrders);
}

/** Checks the signs of the first step's moves on a few weights of every tensor. Returns how many had a gradient that could be told. */
function checkedSigns(
  before: NetworkWeights,
  after: NetworkWeights,
  examples: readonly Example[],
  random: Random,
): number {
  let checked = 0;
  for (const name of tensorsOf(before.shape)) {
    for (let trial = 0; trial < 8; trial++) {
      const i = Math.floor(random() * before[name].length);
      const gradient = finiteDifference(before, examples, name, i);
      if (Math.abs(gradient) < 1e-3) continue;
      expect([name, i, Math.sign(after[name][i]! - before[name][i]!)]).toEqual([name, i, -Math.sign(gradient)]);
      checked += 1;
    }
  }
  return checked;
}

/** Central difference of the mean loss with respect to one weight, by the domain's own arithmetic. */
function finiteDifference(
  weights: NetworkWeights,
  examples: readonly Example[],
  name: (typeof WEIGHT_TENSORS)[number],
  index: number,
): number {
  const step = 2e-3;
  const at = (delta: number) => {
    const moved = { ...weights, [name]: weights[name].slice() } as NetworkWeights;
    moved[name][index]! += delta;
    return mean(examples.map((example) => fixedLoss(moved, weights, example)));
  };
  return (at(step) - at(-step)) / (2 * step);
}

/** Each part of the loss under the moved weights, with what it holds fixed taken from the unmoved ones. */
function fixedLoss(moved: NetworkWeights, fixed: NetworkWeights, example: Example): number {
  const [now, was] = [moved, fixed].map((weights) => outputsOf(weights, example)) as [HeadOutputs, HeadOutputs];
  const counted = { ...example.label, valuedOrders: 0, spendMinor: 0 };
  const valued = { ...example.label, spendMinor: 0 };
  const spent = { ...example.label, valuedOrders: 0 };
  const countsFixed = exampleLoss(was, counted);
  const poisson =
    exampleLoss({ ...was, curve: now.curve }, counted) - dispersionPart(now.curve, was.dispersion, counted);
  const dispersion = dispersionPart(was.curve, now.dispersion, counted);
  const value = exampleLoss({ ...was, orderValueMinor: now.orderValueMinor }, valued) - countsFixed;
  const logSpendSigma = exampleLoss({ ...was, logSpendSigma: now.logSpendSigma }, spent) - countsFixed;
  return poisson + dispersion + value + logSpendSigma + openPart(now, example);
}

function dispersionPart(curve: OrderCurve, dispersion: number, label: OriginLabel): number {
  const { closedIntervals, orders } = label;
  if (closedIntervals === 0) return 0;
  const count = Array.from(orders)
    .slice(0, closedIntervals)
    .reduce((sum, n) => sum + n, 0);
  const total = expectedOrders(curve, INTERVAL_EDGES_DAYS[closedIntervals]!);
  return LOSS_WEIGHTS.dispersion * negativeBinomialLoss(count, total, dispersion);
}

/** Half the customers have one mark in the summary and order every day, half have none and never order. */
function learnable(random: Random, n: number): Example[] {
  return Array.from({ length: n }, (_, i) => {
    const many = i % 2;
    const example = randomExample(random, 2);
    const orders = INTERVAL_EDGES_DAYS.slice(1).map((edge, k) => many * (edge - INTERVAL_EDGES_DAYS[k]!));
    const summary = example.summary.map((_, j) => (j === 0 ? many : 0));
    return {
      ...example,
      summary,
      label: { closedIntervals: 5, orders, orderedMinor: 0, valuedOrders: 0, spendMinor: 0 },
    };
  });
}

function mean(values: ArrayLike<number>): number {
  return Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
}

/** Largest |a − b| ÷ max(1, |b|). */
function worstDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Math.max(...Array.from(a, (x, i) => Math.abs(x - b[i]!) / Math.max(1, Math.abs(b[i]!))));
}

/** Euclidean distance over all tensors. */
function distance(a: NetworkWeights, b: NetworkWeights): number {
  let squares = 0;
  for (const name of WEIGHT_TENSORS) for (const [i, x] of a[name].entries()) squares += (x - b[name][i]!) ** 2;
  return Math.sqrt(squares);
}
