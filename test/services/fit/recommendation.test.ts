import { loadBackend } from '../../../src/adapters/tensorflow/backend';
import { TensorFlowLearner } from '../../../src/adapters/tensorflow/tensorflow-learner';
import { SECONDS_PER_DAY } from '../../../src/domain/event';
import type { Learner } from '../../../src/ports/learner';
import { DEFAULT_PRETRAIN, pretrain } from '../../../src/services/fit/pretrain';
import { objectionTo } from '../../../src/services/fit/recommendation';
import { TINY_SHAPE } from '../../support/examples';
import { randomShop } from '../../support/random-orders';

jest.setTimeout(240_000);

const START_S = 1_700_000_000;
const DAYS = 300;

/** The seeds are fixed: the shares hold for nearly all sets of seeds, not for all. */
describe('the recommendation', () => {
  let learner: Learner;
  beforeAll(async () => {
    learner = new TensorFlowLearner(await loadBackend({ preference: 'wasm', threads: 1 }));
  });
  afterAll(() => learner.dispose());

  const gainOf = async (seed: number, customers: number, rateSpread: number) => {
    const shop = randomShop({ seed, customers, startS: START_S, days: DAYS, rateSpread });
    const { metrics } = await pretrain(shop, learner, {
      ...DEFAULT_PRETRAIN,
      shape: { ...TINY_SHAPE, units: 8, headUnits: 8 },
      seed,
      endS: START_S + DAYS * SECONDS_PER_DAY,
      minorPerMajor: 100,
      window: 4,
      epochs: 4,
      batchSize: 128,
      learningRate: 0.02,
    });
    return metrics.gain;
  };

  test('customers of one shared rate: about as many models are recommended as the level says, of 40', async () => {
    let recommended = 0;
    for (let seed = 1; seed <= 40; seed++) {
      if (objectionTo(await gainOf(seed, 120, 0)) === null) recommended++;
    }
    expect(recommended).toBeLessThanOrEqual(3);
  });

  test('customers whose rates differ much: the model is recommended', async () => {
    for (let seed = 1; seed <= 3; seed++) expect(objectionTo(await gainOf(seed, 300, 1.5))).toBeNull();
  });

  test('the reason has the figures, and names too few customers', () => {
    const gain = { gain: 0.0013, low: -0.0021, high: 0.0049, customers: 60, proven: false };
    expect(objectionTo(gain)).toBe(
      'on held-out customers it is not better than one rate for all beyond chance ' +
        '(gain +0.0013 nats per example, 95 % interval −0.0021 to +0.0049, 60 held-out customers)',
    );
    expect(objectionTo({ ...gain, low: 0.001, customers: 7 })).toContain('7 held-out customers are too few');
    expect(objectionTo({ ...gain, low: 0.001, proven: true })).toBeNull();
  });
});
