import { scoreFaults } from '../../../src/domain/audit/score-check';
import { LONGEST_WAIT_DAYS, orderProbability } from '../../../src/domain/distribution/order-curve';
import { mulberry32 } from '../../../src/domain/math/random';
import type { HeadOutputs } from '../../../src/domain/scoring/model';
import { updateOf } from '../../../src/domain/scoring/prediction';
import { Scorer } from '../../../src/domain/scoring/scorer';
import { emptyState } from '../../../src/domain/state/sequence-state';
import type { ClvUpdate, Prediction } from '../../../src/domain/update';
import { randomModel } from '../../support/models';
import { testSeed } from '../../support/seeded';

const seed = testSeed();
const scorer = new Scorer(randomModel(1), 100);
/** The difference that the steps of two versions of the program may make. */
const NOISE = 1e-7;

function updateFrom(outputs: HeadOutputs): ClvUpdate {
  const outcome = { window: 'appended', step: 'on', voided: 0 } as const;
  const value = scorer.clv(outputs, 365);
  const change = { previous: 0, model: 0, silence: 0, event: value };
  return updateOf(
    scorer,
    {
      customerId: 'c',
      state: emptyState(0),
      rescored: { outcome, asOfS: 1e9, outputs, change, value },
      source: { topic: 0, partition: 0, offset: 1 },
      trigger: 'event',
    },
    { currency: 'EUR', minorPerMajor: 100 },
  );
}

function withPrediction(update: ClvUpdate, change: Partial<Prediction>): ClvUpdate {
  return { ...update, prediction: { ...update.prediction, ...change } };
}

describe(`the numbers of a score (CLV_TEST_SEED=${seed})`, () => {
  const random = mulberry32(seed);
  const between = (low: number, high: number) => low + random() * (high - low);
  const drawOutputs = (): HeadOutputs => ({
    curve: {
      ratePerDay: 10 ** between(-6, 1),
      scaleDays: 10 ** between(0.4, 3),
      // At a high shape the expected orders soon stop growing.
      shape: between(-0.9, 6),
    },
    dispersion: 10 ** between(-2, 1),
    erlangShape: random() < 0.5 ? 1 : between(1, 4),
    orderValueMinor: 10 ** between(2, 6),
    logSpendSigma: between(0.2, 2.2),
  });
  /** The same, with a rate at which an order comes within a year, or within the longest wait, with about a published probability. */
  const besideLevel = (outputs: HeadOutputs): HeadOutputs => {
    const level = [0.1, 0.25, 0.5, 0.75, 0.9][Math.floor(random() * 5)]!;
    const days = random() < 0.5 ? 365 : LONGEST_WAIT_DAYS;
    const at = (ratePerDay: number): HeadOutputs => ({ ...outputs, curve: { ...outputs.curve, ratePerDay } });
    let [low, high] = [1e-12, 1e6];
    for (let i = 0; i < 80; i++) {
      const middle = Math.sqrt(low * high);
      if (orderProbability(at(middle).curve, outputs, days) < level) low = middle;
      else high = middle;
    }
    return at(low * (1 + (random() < 0.5 ? -1 : 1) * 10 ** between(-12, -3)));
  };
  const moved = (number: number) => number * (1 + between(-NOISE, NOISE));
  const noisy = (outputs: HeadOutputs): HeadOutputs => ({
    ...outputs,
    curve: {
      ratePerDay: moved(outputs.curve.ratePerDay),
      scaleDays: moved(outputs.curve.scaleDays),
      shape: outputs.curve.shape,
    },
    dispersion: moved(outputs.dispersion),
    orderValueMinor: moved(outputs.orderValueMinor),
    logSpendSigma: moved(outputs.logSpendSigma),
  });

  test('law: the last bits of the heads make no fault, also where a quantile moves far with them', () => {
    for (let round = 0; round < 600; round++) {
      const outputs = round % 2 === 0 ? drawOutputs() : besideLevel(drawOutputs());
      const expected = updateFrom(outputs);
      const update = { ...updateFrom(noisy(outputs)), change: expected.change };
      expect({ outputs, faults: scoreFaults(update, expected, outputs, 'all') }).toEqual({ outputs, faults: [] });
    }
  });

  test('law: a quantile with another probability is a fault', () => {
    let altered = 0;
    for (let round = 0; round < 300; round++) {
      const outputs = { ...drawOutputs(), curve: { ratePerDay: between(0.003, 0.1), scaleDays: 100, shape: 1 } };
      const expected = updateFrom(outputs);
      const { clv365Quantiles: quantiles, nextOrderDays } = expected.prediction;
      const at = Math.floor(random() * 3);
      const factor = random() < 0.5 ? 0.999 : 1.001;
      const change = <T>(numbers: readonly T[], to: T) => numbers.map((number, i) => (i === at ? to : number));
      if (quantiles[at]! > 0 && expected.prediction.orderProbability[3] > 0.95) {
        const clv365Quantiles = change(quantiles, factor * quantiles[at]!) as unknown as typeof quantiles;
        const faults = scoreFaults(withPrediction(expected, { clv365Quantiles }), expected, outputs, 'all');
        expect(faults).toEqual([['clv365dP10', 'clv365dP50', 'clv365dP90'][at]]);
        altered += 1;
      }
      const days = nextOrderDays[at];
      for (const wrong of days === null ? [1000] : [factor * days!, null]) {
        const found = change(nextOrderDays, wrong) as unknown as typeof nextOrderDays;
        const faults = scoreFaults(withPrediction(expected, { nextOrderDays: found }), expected, outputs, 'all');
        expect({ days, wrong, faults }).toEqual({ days, wrong, faults: [`nextOrderDaysP${25 + 25 * at}`] });
        altered += 1;
      }
    }
    expect(altered).toBeGreaterThan(100);
  });

  test('a wait behind the longest one is no wait', () => {
    const outputs = { ...drawOutputs(), curve: { ratePerDay: 1e-5, scaleDays: 1e3, shape: 1 } };
    const expected = updateFrom(outputs);
    expect(expected.prediction.nextOrderDays).toEqual([null, null, null]);
    const update = withPrediction(expected, { nextOrderDays: [4000, null, null] });
    expect(scoreFaults(update, expected, outputs, 'all')).toEqual(['nextOrderDaysP25']);
  });
});
