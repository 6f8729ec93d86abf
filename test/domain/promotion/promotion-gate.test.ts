import { expectedOrders } from '../../../src/domain/distribution/order-curve';
import { INTERVAL_EDGES_DAYS, INTERVALS } from '../../../src/domain/label-intervals';
import { drawGamma, drawNormal, drawPoisson, mulberry32, type Random } from '../../../src/domain/math/random';
import {
  DEFAULT_GATE,
  type GateRefusal,
  judge,
  type PairedOutputs,
} from '../../../src/domain/promotion/promotion-gate';
import type { HeadOutputs } from '../../../src/domain/scoring/model';

const CLOSED = 6;

function outputsOf(ratePerDay: number): HeadOutputs {
  return {
    curve: { ratePerDay, scaleDays: 60, shape: 0 },
    dispersion: 0.5,
    orderValueMinor: 5_000,
    logSpendSigma: 0.6,
  };
}

/** Origins of customers with a true rate; `contenders` says what the two models make of it. */
function gateTrial(
  random: Random,
  customers: number,
  contenders: (trueRate: number) => readonly [number, number],
): PairedOutputs[] {
  return Array.from({ length: customers }, (_, i) => {
    const rate = drawGamma(random, 1.5, 30);
    const [champion, challenger] = contenders(rate).map(outputsOf) as [HeadOutputs, HeadOutputs];
    const truth = outputsOf(rate).curve;
    // Two origins of each customer: what they did is shared, as it is where intervals overlap.
    const orders = Array.from({ length: INTERVALS }, (_, k) => {
      if (k >= CLOSED) return 0;
      const [from, until] = [INTERVAL_EDGES_DAYS[k]!, INTERVAL_EDGES_DAYS[k + 1]!];
      return drawPoisson(random, expectedOrders(truth, until) - expectedOrders(truth, from));
    });
    const count = orders.reduce((sum, n) => sum + n, 0);
    const label = {
      closedIntervals: CLOSED,
      orders,
      orderedMinor: count * 5_000,
      valuedOrders: count,
      spendMinor: count * 5_000,
    };
    return [1, 2].map(() => ({ customerId: `c${i}`, champion, challenger, label }));
  }).flat();
}

test('a truer model is promoted, with its figures', () => {
  const verdict = judge(
    gateTrial(mulberry32(1), 500, (rate) => [rate / 2, rate]),
    DEFAULT_GATE,
  );
  expect(verdict.promote).toBe(true);
  expect(verdict.improvement).toBeGreaterThan(0);
  expect(verdict.championLoss - verdict.challengerLoss).toBeCloseTo(verdict.improvement, 9);
  expect(verdict).toMatchObject({ origins: 1000, customers: 500, closedIntervals: 1000 * CLOSED });
  expect(verdict.championMiscalibration).toBeCloseTo(Math.log(2), 0);
});

test.each<readonly [string, (rate: number) => readonly [number, number], GateRefusal]>([
  ['equal models', (rate: number) => [rate, rate], 'inside-noise'],
  ['a model that is three times too high', (rate: number) => [rate, 3 * rate], 'worse'],
  ['a model that is no number', (rate: number) => [rate, Number.NaN], 'non-finite'],
  ['a model of one level for all', () => [0.05, 0.05], 'inside-noise'],
])('%s: refused', (_, contenders, reason) => {
  const verdict = judge(gateTrial(mulberry32(2), 500, contenders), DEFAULT_GATE);
  expect(verdict).toMatchObject({ promote: false, reason });
});

test('better ranking with a level further off is refused', () => {
  // The champion knows nothing of the customer but the level is right.
  const pairs = gateTrial(mulberry32(3), 800, (rate) => [0.05, 1.12 * rate]);
  expect(judge(pairs, DEFAULT_GATE)).toMatchObject({ promote: false, reason: 'calibration-worse' });
  expect(judge(pairs, { ...DEFAULT_GATE, calibrationTolerance: 1 })).toMatchObject({ promote: true });
});

test('too little decides nothing, however good it looks', () => {
  const better = (rate: number) => [rate / 5, rate] as const;
  expect(judge([], DEFAULT_GATE)).toMatchObject({ promote: false, reason: 'too-few-origins' });
  expect(judge(gateTrial(mulberry32(4), 90, better), DEFAULT_GATE)).toMatchObject({ reason: 'too-few-origins' });
  const pairs = gateTrial(mulberry32(4), 200, better);
  const oneInterval = pairs.map((pair) => ({ ...pair, label: { ...pair.label, closedIntervals: 1 } }));
  expect(judge(oneInterval, DEFAULT_GATE)).toMatchObject({ promote: false, reason: 'too-few-intervals' });
  const open = pairs.map((pair) => ({ ...pair, label: { ...pair.label, closedIntervals: 0 } }));
  expect(judge(open, DEFAULT_GATE)).toMatchObject({ promote: false, reason: 'too-few-origins', origins: 0 });
});

test('an equally good model gets through in about one of twenty gate trials (400 seeds)', () => {
  let promoted = 0;
  for (let seed = 0; seed < 400; seed++) {
    const random = mulberry32(7919 * seed + 13);
    const noisy = (rate: number): number => rate * Math.exp(0.4 * drawNormal(random));
    const pairs = gateTrial(random, 150, (rate) => [noisy(rate), noisy(rate)]);
    if (judge(pairs, { ...DEFAULT_GATE, calibrationTolerance: 10 }).promote) promoted++;
  }
  // Three standard errors of 400 gate trials above 5 %.
  expect(promoted).toBeLessThanOrEqual(400 * 0.05 + 3 * Math.sqrt(400 * 0.05 * 0.95));
  expect(promoted).toBeGreaterThan(0);
});
