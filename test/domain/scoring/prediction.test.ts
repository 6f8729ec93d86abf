import type { BtydModel } from '../../../src/domain/btyd/btyd-model';
import { countProbabilities } from '../../../src/domain/distribution/count-distribution';
import { normalCdf } from '../../../src/domain/distribution/normal';
import { expectedOrders, LONGEST_WAIT_DAYS, orderProbability } from '../../../src/domain/distribution/order-curve';
import { spendDistribution, spendQuantile } from '../../../src/domain/distribution/spend-distribution';
import { INTERVAL_EDGES_DAYS, INTERVALS } from '../../../src/domain/label-intervals';
import { mulberry32, type Random } from '../../../src/domain/math/random';
import type { HeadOutputs, Model } from '../../../src/domain/scoring/model';
import { confidence, history, lifecycleStage, predict, updateOf } from '../../../src/domain/scoring/prediction';
import { Scorer } from '../../../src/domain/scoring/scorer';
import { tierOfModel } from '../../../src/domain/scoring/tier-cuts';
import { emptyState, type SequenceState } from '../../../src/domain/state/sequence-state';
import { emptySummary, netValue, type RunningSummary } from '../../../src/domain/state/summary';
import { ORDER_PROBABILITY_HORIZONS_DAYS, type Prediction, VALUE_HORIZONS_DAYS } from '../../../src/domain/update';
import { randomPast } from '../../support/events';
import { SHAPES } from '../../support/examples';
import { randomModel } from '../../support/models';
import { testSeed } from '../../support/seeded';

const seed = testSeed();
const MONEY = { currency: 'EUR', minorPerMajor: 100 };
const ROUNDS = 60;

/** A customer of a random model, asked after a random silence. */
interface Asked {
  readonly model: Model;
  readonly state: SequenceState;
  readonly asOfS: number;
  readonly outputs: HeadOutputs;
  readonly prediction: Prediction;
}

function between(random: Random, low: number, high: number): number {
  return low + random() * (high - low);
}

function randomBtydModel(random: Random): BtydModel {
  const bySegment = (low: number, high: number) => [0, 1, 2, 3].map(() => between(random, low, high));
  return {
    paretoNbd: {
      r: between(random, 0.2, 2),
      alpha: between(random, 10, 200),
      s: between(random, 0.2, 2),
      beta: between(random, 10, 200),
    },
    networkShares: bySegment(0, 1),
    level: between(random, 0.5, 2),
    value: {
      prior: { meanMinor: between(random, 1_000, 9_000), weight: between(random, 0.2, 4) },
      networkShare: random(),
    },
    calibration: { dispersion: bySegment(0.3, 3), logSpendSigma: bySegment(0.5, 1.5), erlangShape: bySegment(1, 6) },
  };
}

/** Each round another cell; margin and discount at random, so that CLV is not revenue. */
function ask(random: Random, round: number, blended: boolean): Asked {
  const [, shape] = SHAPES[round % SHAPES.length]!;
  const plain = randomModel(Math.floor(random() * 1e6) + round, { shape });
  const model: Model = {
    ...plain,
    settings: {
      ...plain.settings,
      margin: between(random, 0.1, 1),
      discountRate: random() < 0.5 ? 0 : between(random, 0, 0.3),
      ...(blended ? { structure: randomBtydModel(random) } : {}),
    },
  };
  const scorer = new Scorer(model, MONEY.minorPerMajor);
  const state = emptyState(model.weights.shape.units);
  for (const { event, position } of randomPast(random, 1 + Math.floor(random() * 30))) {
    scorer.fold(state, event, position);
  }
  const asOfS = state.published!.asOfS + Math.floor(random() * 400 * 86_400);
  const outputs = scorer.read(state, asOfS);
  return { model, state, asOfS, outputs, prediction: predict(scorer, outputs, state.summary, asOfS, MONEY) };
}

function expectNear(actual: number, expected: number, share = 1e-9): void {
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(share * Math.max(1, Math.abs(expected)));
}

describe.each([
  ['the network alone', false],
  ['blended: orders, total, value and calibration', true],
])(`one state, one prediction: %s (CLV_TEST_SEED=${seed})`, (_name, blended) => {
  const random = mulberry32(seed);
  const customers = Array.from({ length: ROUNDS }, (_, round) => ask(random, round, blended));

  test('the order curve rises with the horizon and its slope falls; nothing is expected at once', () => {
    for (const { outputs } of customers) {
      const { curve } = outputs;
      expect(expectedOrders(curve, 0)).toBe(0);
      const days = Array.from({ length: 30 }, () => between(random, 0, 3_650)).sort((a, b) => a - b);
      const orders = days.map((h) => expectedOrders(curve, h));
      orders.forEach((expected, i) => {
        expect(expected).toBeGreaterThanOrEqual(orders[i - 1] ?? 0);
        expect(expected).toBeLessThanOrEqual(curve.ratePerDay * days[i]! * (1 + 1e-9));
      });
    }
  });

  test('the intervals sum to the orders predicted, with the value of an order to the revenue', () => {
    for (const { outputs, prediction } of customers) {
      VALUE_HORIZONS_DAYS.forEach((days, i) => {
        let intervals = 0;
        for (let k = 1; k <= INTERVALS && INTERVAL_EDGES_DAYS[k]! <= days; k++) {
          const interval =
            expectedOrders(outputs.curve, INTERVAL_EDGES_DAYS[k]!) -
            expectedOrders(outputs.curve, INTERVAL_EDGES_DAYS[k - 1]!);
          expect(interval).toBeGreaterThanOrEqual(0);
          intervals += interval;
        }
        expectNear(intervals, prediction.orders[i]!);
        expectNear(prediction.revenue[i]!, (intervals * outputs.orderValueMinor) / MONEY.minorPerMajor);
      });
    }
  });

  test('CLV is margin times revenue, less what the discount takes: none of it at 0, more for longer horizons', () => {
    for (const { model, prediction } of customers) {
      const { margin, discountRate } = model.settings;
      const kept = prediction.clv.map((clv, i) => clv / (margin * prediction.revenue[i]!));
      kept.forEach((share, i) => {
        if (discountRate === 0) expectNear(share, 1);
        expect(share).toBeLessThanOrEqual((kept[i - 1] ?? 1) + 1e-9);
        expect(share).toBeGreaterThanOrEqual((1 + discountRate) ** (-VALUE_HORIZONS_DAYS[i]! / 365) - 1e-9);
      });
    }
  });

  test('order probabilities rise with the horizon, are those of the curve, at most Λ; churn is what is left of one', () => {
    for (const { outputs, prediction } of customers) {
      const { curve, dispersion, erlangShape } = outputs;
      expect(erlangShape === undefined).toBe(!blended);
      prediction.orderProbability.forEach((p, i) => {
        const expected = expectedOrders(curve, ORDER_PROBABILITY_HORIZONS_DAYS[i]!);
        const plain = 1 - (1 + dispersion * expected) ** (-1 / dispersion);
        if (erlangShape === undefined) expectNear(p, plain);
        else expect(p).toBeGreaterThanOrEqual(plain - 1e-12);
        // The count whose P(0) it is has the mean of the curve.
        expectNear(p, 1 - countProbabilities({ mean: expected, dispersion, erlangShape }, 0).at);
        expect(p).toBeGreaterThanOrEqual(prediction.orderProbability[i - 1] ?? 0);
        // At least one order has at most the probability of the expected number (Markov).
        expect(p).toBeLessThanOrEqual(Math.min(1, expected) + 1e-12);
      });
      expectNear(prediction.churnProbability, 1 - prediction.orderProbability[2], 1e-12);
    }
  });

  test('next-order quartiles are the days at which the order probability reaches them, in order; null means not within ten years', () => {
    let dated = 0;
    for (const { outputs, prediction } of customers) {
      const { curve } = outputs;
      let earlier = 0;
      prediction.nextOrderDays.forEach((days, i) => {
        const quartile = (i + 1) / 4;
        if (days === null) {
          expect(orderProbability(curve, outputs, LONGEST_WAIT_DAYS)).toBeLessThan(quartile);
          earlier = Number.POSITIVE_INFINITY;
          return;
        }
        dated += 1;
        expect(days).toBeGreaterThanOrEqual(earlier);
        earlier = days;
        expectNear(orderProbability(curve, outputs, days), quartile, 1e-8);
      });
    }
    expect(dated).toBeGreaterThan(ROUNDS / 4);
  });

  test('spend: zero with 1 − order probability, the mean is the CLV, the quantiles are its own', () => {
    for (const { outputs, prediction } of customers) {
      const p = prediction.orderProbability[3];
      const [, , clv] = prediction.clv;
      const spend = spendDistribution(p, clv, outputs.logSpendSigma);
      expect(spend.probability).toBe(p);
      expectNear(p * Math.exp(spend.mu + spend.sigma ** 2 / 2), clv);
      expectNear(meanByIntegration(spend.mu, spend.sigma) * p, clv, 1e-6);
      const levels = [0.1, 0.5, 0.9];
      prediction.clv365Quantiles.forEach((value, i) => {
        expect(value).toBe(spendQuantile(spend, levels[i]!));
        expect(value).toBeGreaterThanOrEqual(prediction.clv365Quantiles[i - 1] ?? 0);
        if (value === 0) expect(1 - p).toBeGreaterThanOrEqual(levels[i]! - 1e-12);
        else expectNear(1 - p + p * normalCdf((Math.log(value) - spend.mu) / spend.sigma), levels[i]!, 1e-7);
      });
    }
  });

  test('the past is net of refunds, and average value times net orders is the net value', () => {
    for (const { state, asOfS } of customers) {
      const { summary } = state;
      const past = history(summary, asOfS, MONEY);
      expectNear(past.historicClv, (summary.placedMinor - summary.returnedMinor) / MONEY.minorPerMajor);
      const { valued, minor } = netValue(summary);
      expect(past.averageOrderValue === null).toBe(valued === 0);
      expectNear((past.averageOrderValue ?? 0) * valued, minor / MONEY.minorPerMajor);
    }
  });
});

const DAY_S = 86_400;
const summaryOf = (change: Partial<RunningSummary>): RunningSummary => ({ ...emptySummary(), ...change });

describe('lifecycle stages', () => {
  const first = 1_700_000_000;
  const at = (days: number, churn: number, lastOrderS = first) =>
    lifecycleStage(summaryOf({ firstOrderS: first, lastOrderS }), first + days * DAY_S, churn);

  test('a prospect never ordered, whatever the probability of churn', () => {
    for (const churn of [0, 0.5, 1]) expect(lifecycleStage(emptySummary(), first, churn)).toBe('prospect');
  });

  test('new for thirty days after the first order, also if churn is likely', () => {
    expect([0, 29, 30].map((days) => at(days, 0.2))).toEqual(['new', 'new', 'new']);
    expect([at(30, 0.99), at(30 + 1 / DAY_S, 0.2)]).toEqual(['new', 'active']);
  });

  test('lapsed from 0.85 on, if the last order is older than thirty days; at risk from 0.5 on', () => {
    expect([0.49, 0.5, 0.84, 0.85, 1].map((churn) => at(100, churn))).toEqual([
      'active',
      'at-risk',
      'at-risk',
      'lapsed',
      'lapsed',
    ]);
    expect(at(100, 0.9, first + 70 * DAY_S)).toBe('at-risk');
    expect(at(100, 0.9, first + 70 * DAY_S - 1)).toBe('lapsed');
  });

  test('confidence grows with the net orders: none, one or two, three', () => {
    const of = (placed: number, cancelled: number) => confidence(summaryOf({ placed, cancelled }));
    expect([of(0, 0), of(1, 1), of(1, 0), of(2, 0), of(3, 1), of(3, 0), of(9, 0)]).toEqual([
      'cold',
      'cold',
      'thin',
      'thin',
      'thin',
      'ok',
      'ok',
    ]);
  });

  test('a tier begins at its cut', () => {
    const tiers = [0, 49.9, 50, 149.9, 150, 399.9, 400, 9_999].map((clv) => tierOfModel(randomModel(1), clv));
    expect(tiers).toEqual(['bronze', 'bronze', 'silver', 'silver', 'gold', 'gold', 'platinum', 'platinum']);
  });
});

describe('the past of a customer', () => {
  test('is net of returns, per net order, in days and major units', () => {
    const summary = summaryOf({
      placed: 4,
      valued: 4,
      cancelled: 1,
      cancelledValued: 1,
      placedMinor: 10_000,
      cancelledMinor: 1_000,
      returnedMinor: 1_500,
      firstOrderS: 1_000,
      lastOrderS: 1_000 + 30 * DAY_S,
    });
    expect(history(summary, 1_000 + 32 * DAY_S, MONEY)).toEqual({
      historicClv: 85,
      orders: 3,
      averageOrderValue: 30,
      averageDaysBetweenOrders: 10,
      daysSinceLastOrder: 2,
    });
    expect(history(summary, 500, MONEY).daysSinceLastOrder).toBe(0);
  });

  test('of somebody without an order has no averages', () => {
    expect(history(emptySummary(), 9, MONEY)).toEqual({
      historicClv: 0,
      orders: 0,
      averageOrderValue: null,
      averageDaysBetweenOrders: null,
      daysSinceLastOrder: null,
    });
    const once = summaryOf({ placed: 1, firstOrderS: 1, lastOrderS: 1 });
    expect(history(once, 1, MONEY)).toMatchObject({ averageDaysBetweenOrders: null, daysSinceLastOrder: 0 });
  });
});

test('an update says what the state and the score say, with the sum of the counts as its sequence', () => {
  const scorer = new Scorer(randomModel(3), MONEY.minorPerMajor);
  const state = emptyState(scorer.model.weights.shape.units);
  const past = randomPast(mulberry32(seed), 12);
  for (const { event, position } of past) scorer.fold(state, event, position);
  const rescored = scorer.rescore(state, state.published!.asOfS + 1_000);
  const source = { topic: 3, partition: 1, offset: 17 };
  const update = updateOf(scorer, { customerId: 'ann', state, rescored, source, trigger: 'clock' }, MONEY);
  expect(update).toEqual({
    customerId: 'ann',
    asOfS: rescored.asOfS,
    source,
    folded: state.folded,
    sequence: state.folded[0]!.count + state.folded[1]!.count + state.folded[2]!.count + state.folded[4]!.count,
    modelVersion: 'm-3',
    trigger: 'clock',
    currency: 'EUR',
    history: history(state.summary, rescored.asOfS, MONEY),
    prediction: predict(scorer, rescored.outputs, state.summary, rescored.asOfS, MONEY),
    value: rescored.value,
    change: rescored.change,
    refolded: false,
    confidence: confidence(state.summary),
    tierCuts: '',
    previousTier: null,
  });
  expect(update.folded[0]).not.toBe(state.folded[0]);
  state.published!.refolded = true;
  expect(updateOf(scorer, { customerId: 'ann', state, rescored, source, trigger: 'clock' }, MONEY).refolded).toBe(true);
});

/** E[exp(μ + σZ)] by Simpson's rule, over all of it that counts. */
function meanByIntegration(mu: number, sigma: number): number {
  const panels = 2_000;
  const [from, to] = [sigma - 10, sigma + 10];
  const width = (to - from) / panels;
  let sum = 0;
  for (let i = 0; i <= panels; i++) {
    const z = from + i * width;
    const weight = i === 0 || i === panels ? 1 : i % 2 === 1 ? 4 : 2;
    sum += (weight * Math.exp(mu + sigma * z - (z * z) / 2)) / Math.sqrt(2 * Math.PI);
  }
  return (sum * width) / 3;
}
