import { expectedOrders } from '../../../src/domain/distribution/order-curve';
import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { INTERVAL_EDGES_DAYS, INTERVALS } from '../../../src/domain/label-intervals';
import { drawGamma, drawLognormal, drawPoisson, mulberry32, type Random } from '../../../src/domain/math/random';
import {
  ALPHA_PER_YEAR,
  DEFAULT_GATE,
  earnedAlpha,
  type GateRefusal,
  judge,
  type PairedOutputs,
} from '../../../src/domain/promotion/promotion-gate';
import type { HeadOutputs } from '../../../src/domain/scoring/model';

const CLOSED = 5;
const TRIAL = { alpha: 0.001, of: 'challenger' } as const;
const SIGMA = 0.6;
const VALUE = 5_000;

function outputsOf(ratePerDay: number, change: Partial<HeadOutputs> = {}): HeadOutputs {
  return {
    curve: { ratePerDay, scaleDays: 60, shape: 0 },
    dispersion: 0.5,
    orderValueMinor: VALUE,
    logSpendSigma: SIGMA,
    ...change,
  };
}

type Say = (trueRate: number, random: Random) => readonly [HeadOutputs, HeadOutputs];

/** Questions to customers with a true rate, over ten weeks; `say` says what the two models make of it. */
function questions(random: Random, customers: number, say: Say, closedIntervals = CLOSED): PairedOutputs[] {
  return Array.from({ length: customers }, (_, i) => {
    const rate = drawGamma(random, 1.5, 30);
    const [champion, challenger] = say(rate, random);
    const truth = outputsOf(rate).curve;
    // Two questions to each customer: what they did is shared, as it is where intervals overlap.
    const orders = Array.from({ length: INTERVALS }, (_, k) => {
      if (k >= closedIntervals) return 0;
      const [from, until] = [INTERVAL_EDGES_DAYS[k]!, INTERVAL_EDGES_DAYS[k + 1]!];
      return drawPoisson(random, expectedOrders(truth, until) - expectedOrders(truth, from));
    });
    const count = orders.reduce((sum, n) => sum + n, 0);
    let ordered = 0;
    for (let n = 0; n < count; n++)
      ordered += Math.round(drawLognormal(random, Math.log(VALUE) - SIGMA ** 2 / 2, SIGMA));
    const label = { closedIntervals, orders, orderedMinor: ordered, valuedOrders: count, spendMinor: ordered };
    const pair = { customerId: `c${i}`, segment: 1 + (i % 3), champion, challenger, label };
    return [0, 1].map((later) => ({ ...pair, atS: ((i % 10) * 7 + later) * SECONDS_PER_DAY }));
  }).flat();
}

/** A champion that knows the total only, and a challenger that knows the rate. */
const better =
  (change: Partial<HeadOutputs> = {}, factor = 1): Say =>
  (rate) => [outputsOf(0.05), outputsOf(factor * rate, change)];

test('a truer model is promoted, with its figures', () => {
  const verdict = judge(questions(mulberry32(1), 1_500, better()), TRIAL, DEFAULT_GATE);
  expect(verdict.promote).toBe(true);
  expect(verdict.improvement).toBeGreaterThan(0);
  expect(verdict.championLoss - verdict.challengerLoss).toBeCloseTo(verdict.improvement, 9);
  expect(verdict).toMatchObject({
    origins: 3_000,
    customers: 1_500,
    closedIntervals: 3_000 * CLOSED,
    neededEValue: 1_000,
  });
  expect(verdict.eValue).toBeGreaterThan(1_000);
});

test.each<readonly [string, Say, GateRefusal]>([
  ['equal models', (rate) => [outputsOf(rate), outputsOf(rate)], 'undecided'],
  ['a gain of next to nothing', (rate) => [outputsOf(rate), outputsOf(rate * 1.00001)], 'undecided'],
  ['a model of one level for all', (rate) => [outputsOf(rate), outputsOf(0.05)], 'worse'],
  ['a model that is no number', (rate) => [outputsOf(rate), outputsOf(Number.NaN)], 'non-finite'],
  ['better orders, order value + 50 %', better({ orderValueMinor: 1.5 * VALUE }), 'part-worse'],
  ['better orders, order value + 25 %', better({ orderValueMinor: 1.25 * VALUE }), 'part-worse'],
  ['better orders, order value − 25 %', better({ orderValueMinor: 0.75 * VALUE }), 'part-worse'],
  ['better orders, log-spend sigma of half the size', better({ logSpendSigma: 0.3 }), 'part-worse'],
  ['better orders, a dispersion of ten times the size', better({ dispersion: 5 }), 'part-worse'],
])('%s: refused', (_, say, reason) => {
  const verdict = judge(questions(mulberry32(2), 1_500, say), TRIAL, DEFAULT_GATE);
  expect(verdict).toMatchObject({ promote: false, reason });
});

test('a part that is worse too little to be proven, but is off in total, is refused as well', () => {
  const pairs = questions(mulberry32(3), 1_500, better({ orderValueMinor: 1.1 * VALUE }));
  const lax = { ...DEFAULT_GATE, partTolerance: 1 };
  expect(judge(pairs, TRIAL, lax)).toMatchObject({
    reason: 'value-off',
    detail: expect.stringContaining('spend per order'),
  });
});

test('better for most and worse for one segment: refused, and the segment is named', () => {
  const say: Say = (rate) => [outputsOf(0.05), outputsOf(rate)];
  const pairs = questions(mulberry32(4), 3_000, say).map((pair) =>
    pair.segment === 3 ? { ...pair, champion: pair.challenger, challenger: outputsOf(0.05) } : pair,
  );
  expect(judge(pairs, TRIAL, DEFAULT_GATE)).toMatchObject({
    reason: 'part-worse',
    detail: expect.stringContaining('customers with'),
  });
});

test('good as far as labels reach, and far from the champion beyond: refused', () => {
  const far: Say = (rate) => [
    outputsOf(0.05),
    { ...outputsOf(rate), curve: { ratePerDay: rate, scaleDays: 60, shape: -0.45 } },
  ];
  const verdict = judge(questions(mulberry32(5), 1_500, far, 3), TRIAL, DEFAULT_GATE);
  expect(verdict).toMatchObject({ reason: 'open-horizon', detail: expect.stringContaining('365 days') });
});

test('the level counts for neither in a trial of challengers, and counts in a watch', () => {
  const twice: Say = (rate) => [outputsOf(2 * rate), outputsOf(rate)];
  const pairs = questions(mulberry32(6), 1_500, twice);
  expect(judge(pairs, TRIAL, DEFAULT_GATE)).toMatchObject({ promote: false, reason: 'undecided' });
  const verdict = judge(pairs, { alpha: 0.01, of: 'previous' }, DEFAULT_GATE);
  expect(verdict.promote).toBe(true);
  expect(verdict.championMiscalibration).toBeCloseTo(Math.log(2), 1);
  expect(verdict.challengerMiscalibration).toBeLessThan(0.1);
});

test('too little decides nothing, however good it looks', () => {
  expect(judge([], TRIAL, DEFAULT_GATE)).toMatchObject({ promote: false, reason: 'too-few-origins' });
  expect(judge(questions(mulberry32(7), 90, better()), TRIAL, DEFAULT_GATE)).toMatchObject({
    reason: 'too-few-origins',
  });
  const open = questions(mulberry32(7), 900, better(), 0);
  expect(judge(open, TRIAL, DEFAULT_GATE)).toMatchObject({ promote: false, reason: 'too-few-origins', origins: 0 });
});

test('alpha is earned with time: a year of trials of any length spends no more than the budget and four weeks', () => {
  const random = mulberry32(8);
  for (let run = 0; run < 50; run++) {
    let [day, spent] = [0, earnedAlpha(null)];
    while (day < 365) {
      const days = 1 + Math.floor(random() * 90);
      day += days;
      if (day < 365) spent += earnedAlpha(days);
    }
    expect(spent).toBeLessThanOrEqual(ALPHA_PER_YEAR * (1 + 28 / 365));
  }
});
