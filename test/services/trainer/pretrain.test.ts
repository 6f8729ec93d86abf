import { loadBackend } from '../../../src/adapters/tensorflow/backend';
import { TensorFlowLearner } from '../../../src/adapters/tensorflow/tensorflow-learner';
import { type CustomerEvent, SECONDS_PER_DAY } from '../../../src/domain/event';
import { WEIGHT_TENSORS } from '../../../src/domain/network';
import { mulberry32 } from '../../../src/domain/random';
import { trainingShop } from '../../../src/domain/simulation/shop-population';
import { simulateShop } from '../../../src/domain/simulation/simulated-shop';
import type { Learner } from '../../../src/ports/learner';
import {
  DEFAULT_PRETRAIN,
  type PretrainOptions,
  type PretrainProgress,
  pretrain,
} from '../../../src/services/trainer/pretrain';
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
function* history(): Generator<CustomerEvent> {
  const shop = simulateShop(trainingShop, { customers: 350, startS: START_S, random: mulberry32(11) });
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
    expect(metrics.spearman90).toBeGreaterThan(metrics.baselineSpearman90);
    const month = metrics.calibration.find(({ days }) => days === 30)!;
    expect(Math.abs(Math.log(month.predictedOrders / month.actualOrders))).toBeLessThan(0.5);
    expect(new Set(seen)).toEqual(new Set(['folding', 'training', 'epoch']));
    for (const name of WEIGHT_TENSORS) expect(learner.weights()[name]).toEqual(weights[name]);
  });

  test('the same events and seed give the same weights', async () => {
    const options = { ...OPTIONS, epochs: 2 };
    const [first, second] = [await pretrain(history(), learner, options), await pretrain(history(), learner, options)];
    expect(second.settings).toEqual(first!.settings);
    for (const name of WEIGHT_TENSORS) expect(second.weights[name]).toEqual(first.weights[name]);
  });

  test('no history is an error that says so', async () => {
    await expect(pretrain([], learner, OPTIONS)).rejects.toThrow('too little history');
  });
});
