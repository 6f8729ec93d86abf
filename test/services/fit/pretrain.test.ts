import { loadBackend } from '../../../src/adapters/tensorflow/backend';
import { TensorFlowLearner } from '../../../src/adapters/tensorflow/tensorflow-learner';
import type { CustomerAttributes } from '../../../src/domain/attributes';
import { type CustomerEvent, SECONDS_PER_DAY } from '../../../src/domain/event';
import { ATTRIBUTES_AT } from '../../../src/domain/features/features';
import { mulberry32 } from '../../../src/domain/math/random';
import { readWidth } from '../../../src/domain/network/shape';
import { initialWeights, type NetworkWeights, WEIGHT_TENSORS } from '../../../src/domain/network/weights';
import { trainingShop } from '../../../src/domain/simulation/shop-population';
import { shopperAttributes } from '../../../src/domain/simulation/shopper-attributes';
import { simulateShop } from '../../../src/domain/simulation/simulated-shop';
import { ProfilesAtFirstEvent, withProfiles } from '../../../src/domain/state/profile-events';
import type { Learner } from '../../../src/ports/learner';
import {
  DEFAULT_PRETRAIN,
  type PretrainOptions,
  type PretrainProgress,
  pretrain,
} from '../../../src/services/fit/pretrain';
import { TINY_SHAPE } from '../../support/examples';

const START_S = 1_700_000_000;
const OPTIONS: PretrainOptions = {
  ...DEFAULT_PRETRAIN,
  shape: { ...TINY_SHAPE, units: 8, headUnits: 8 },
  seed: 3,
  endS: START_S + 300 * SECONDS_PER_DAY,
  minorPerMajor: 100,
  window: 4,
  epochs: 8,
  batchSize: 64,
  learningRate: 0.02,
};

/** The seed is fixed: that a small network beats a baseline holds for nearly all seeds, not for all. */
function* history(customers = 350): Generator<CustomerEvent> {
  const shop = simulateShop(trainingShop, { customers, startS: START_S, random: mulberry32(11) });
  for (const event of shop) {
    if (event.timeS >= OPTIONS.endS) return;
    yield event;
  }
}

describe('pre-training', () => {
  let learner: Learner;
  beforeAll(async () => {
    learner = new TensorFlowLearner(await loadBackend({ preference: 'wasm', threads: 1 }));
  });
  afterAll(() => learner.dispose());

  test('finds settings of the shop, beats both baselines on held-out customers, says how far it is', async () => {
    const seen: PretrainProgress['phase'][] = [];
    const { settings, metrics, weights } = await pretrain(history(), learner, {
      ...OPTIONS,
      onProgress: ({ phase }) => seen.push(phase),
    });
    expect(settings.typicalOrderMinor / trainingShop.medianOrderMinor).toBeCloseTo(1, 0);
    expect(settings.orderValue.meanMinor).toBeGreaterThan(settings.typicalOrderMinor);
    const [bronze, silver, gold] = settings.tierCuts;
    expect(0 <= bronze && bronze < silver && silver < gold).toBe(true);
    expect(metrics.constantRateLoss).toBeGreaterThan(metrics.pastRateLoss);
    expect(metrics.validationLoss).toBeLessThan(metrics.pastRateLoss);
    expect(metrics.spearman90!).toBeGreaterThan(metrics.baselineSpearman90!);
    const month = metrics.calibration.find(({ days }) => days === 30)!;
    expect(Math.abs(Math.log(month.predictedOrders / month.actualOrders))).toBeLessThan(0.5);
    expect(new Set(seen)).toEqual(new Set(['folding', 'training', 'epoch']));
    for (const name of WEIGHT_TENSORS) expect(learner.weights()[name]).toEqualNumbers(weights[name]);
  });

  test('the same events and seed give the same weights', async () => {
    const options = { ...OPTIONS, epochs: 2 };
    const [first, second] = [await pretrain(history(), learner, options), await pretrain(history(), learner, options)];
    expect(second.settings).toEqual(first!.settings);
    for (const name of WEIGHT_TENSORS) expect(second.weights[name]).toEqualNumbers(first.weights[name]);
  });

  test('attributes: the values frequent enough get an input, learnt from; nothing else changes in what is learnt from', async () => {
    const attributes = new Map<string, CustomerAttributes>();
    const shop = simulateShop(trainingShop, {
      customers: 350,
      startS: START_S,
      random: mulberry32(11),
      onShopper: (shopper) => attributes.set(shopper.customerId, shopperAttributes(shopper, trainingShop)),
    });
    const upToTheEnd = function* (): Generator<CustomerEvent> {
      for (const event of shop) {
        if (event.timeS >= OPTIONS.endS) return;
        yield event;
      }
    };
    const options = { ...OPTIONS, epochs: 1 };
    const plain = await pretrain(history(), learner, options);
    const known = await pretrain(withProfiles(upToTheEnd(), new ProfilesAtFirstEvent(attributes)), learner, options);
    const { events, customers, trainExamples } = plain.metrics;
    expect(known.metrics).toMatchObject({ events, customers, trainExamples });
    expect(plain.settings.attributes).toBeUndefined();
    const { region, ageBand, channel } = known.settings.attributes!;
    expect([...region].sort()).toEqual(['east', 'north', 'south', 'west']);
    expect(Math.min(ageBand.length, channel.length)).toBeGreaterThanOrEqual(3);
    const { shape, headKernel } = known.weights;
    const weightsOf = (slot: number) => {
      const at = (readWidth(shape) + ATTRIBUTES_AT + slot) * shape.headUnits;
      return [...headKernel.subarray(at, at + shape.headUnits)];
    };
    expect(weightsOf(0).some((w) => w !== 0)).toBe(true);
    expect(weightsOf(ageBand.length).every((w) => w === 0)).toBe(true);
  });

  describe('from the weights of another shop', () => {
    const start = initialWeights(OPTIONS.shape, mulberry32(5));
    const distance = (weights: NetworkWeights, from: NetworkWeights = start) =>
      Math.sqrt(
        WEIGHT_TENSORS.flatMap((name) => [...weights[name]].map((w, i) => (w - from[name][i]!) ** 2)).reduce(
          (a, b) => a + b,
        ),
      );

    test('training returns the starting weights if it makes them no better: epoch 0', async () => {
      const fitted = (await pretrain(history(60), learner, OPTIONS)).weights;
      const { weights, metrics } = await pretrain(history(60), learner, {
        ...OPTIONS,
        start: fitted,
        learningRate: 1,
        patience: 2,
      });
      expect(metrics.epochs).toBe(0);
      expect(distance(weights, fitted)).toBe(0);
    });

    test('training goes on from them, less far with a pull', async () => {
      const options = { ...OPTIONS, start, epochs: 2, learningRate: 1e-3 };
      const free = await pretrain(history(60), learner, options);
      const pulled = await pretrain(history(60), learner, { ...options, pull: 10 });
      expect(free.metrics.epochs).toBe(2);
      expect(distance(pulled.weights)).toBeGreaterThan(0);
      expect(distance(pulled.weights)).toBeLessThan(0.8 * distance(free.weights));
      // The scale of money and the order-value prior are this history's own.
      expect(pulled.settings.typicalOrderMinor).toBe(free.settings.typicalOrderMinor);
    });

    test('of another shape they are refused', async () => {
      const shape = { ...OPTIONS.shape, units: 16 };
      await expect(pretrain(history(60), learner, { ...OPTIONS, shape, start })).rejects.toThrow(
        /"units":8.*"units":16/,
      );
    });
  });

  test('varied examples: the same seed the same weights, another result than without', async () => {
    const options = { ...OPTIONS, epochs: 1 };
    const augmentation = { crop: 0.5, drop: 0.5 };
    const [one, same, plain] = [
      await pretrain(history(60), learner, { ...options, augmentation }),
      await pretrain(history(60), learner, { ...options, augmentation }),
      await pretrain(history(60), learner, options),
    ];
    expect(same!.weights.inputKernel).toEqualNumbers(one!.weights.inputKernel);
    expect(plain!.weights.inputKernel).not.toEqual(one!.weights.inputKernel);
    expect(plain!.metrics.trainExamples).toBe(one!.metrics.trainExamples);
  });

  test('stopped on the last stretch of time: found there, then learnt from all of it for as many passes', async () => {
    const trained: { epoch: number; trainLoss: number }[] = [];
    const { metrics, weights } = await pretrain(history(200), learner, {
      ...OPTIONS,
      epochs: 4,
      laterShare: 0.3,
      dropout: 0.1,
      weightDecay: 0.01,
      onProgress: (facts) => facts.phase === 'epoch' && trained.push(facts),
    });
    const again = trained.slice(-metrics.epochs);
    expect(again.map(({ epoch }) => epoch)).toEqual(Array.from({ length: metrics.epochs }, (_, i) => i + 1));
    expect(trained.length).toBeGreaterThan(metrics.epochs);
    expect(metrics.trainLoss).toBe(again[again.length - 1]!.trainLoss);
    expect(metrics.validationLoss).toBeLessThan(metrics.constantRateLoss);
    for (const name of WEIGHT_TENSORS) expect(weights[name].every(Number.isFinite)).toBe(true);
  });

  test('three members are merged into one network, no worse on held-out customers than they are on the mean', async () => {
    const options = { ...OPTIONS, epochs: 3 };
    const one = await pretrain(history(200), learner, options);
    const losses: number[][] = [];
    const merged = await pretrain(history(200), learner, {
      ...options,
      members: 3,
      onProgress: (facts) => {
        if (facts.phase !== 'epoch') return;
        if (facts.epoch === 1) losses.push([]);
        losses[losses.length - 1]!.push(facts.validationLoss);
      },
    });
    expect(merged.weights.shape).toEqual({ ...options.shape, units: 24, headUnits: 24 });
    expect(losses).toHaveLength(3);
    // Nearly by Jensen's inequality: the loss's largest part is convex in the logarithm of the rate, and that is averaged.
    const each = losses.map((epochs) => Math.min(...epochs));
    expect(merged.metrics.validationLoss).toBeLessThanOrEqual(each.reduce((sum, loss) => sum + loss, 0) / each.length);
    expect(merged.settings.tierCuts).not.toEqual(one.settings.tierCuts);
  });

  test('an empty history is an error that says so', async () => {
    await expect(pretrain([], learner, OPTIONS)).rejects.toThrow('too little history');
  });
});
