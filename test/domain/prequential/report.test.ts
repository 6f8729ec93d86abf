import {
  countLoss,
  negativeBinomialLoss,
  probabilityOfZero,
} from '../../../src/domain/distribution/count-distribution';
import { hashUnit } from '../../../src/domain/math/hash';
import { drawPoisson, mulberry32, type Random } from '../../../src/domain/math/random';
import { type JudgedScore, judgeScore } from '../../../src/domain/prequential/judged-score';
import { figuresOf, MIN_SCORES } from '../../../src/domain/prequential/report';

/** Scores that are right: Poisson orders of the predicted mean, each worth 10. */
function truthful(random: Random, count: number): JudgedScore[] {
  return Array.from({ length: count }, (_, sequence) => {
    const orders = 3 * random() ** 2;
    const actual = drawPoisson(random, orders);
    return {
      horizon: 1,
      sequence,
      atS: sequence,
      modelVersion: hashUnit(String(sequence), 1) < 0.5 ? 'm-1' : 'm-2',
      segment: sequence % 3,
      predicted: { orders, dispersion: 1e-9, spendMinor: 1_000 * orders, logSpendSigma: 0.5 },
      actual: { orders: actual, spendMinor: 1_000 * actual },
    };
  });
}

test('figures by hand: four customers thirty times over, money in major units, ties shared', () => {
  const rows = [
    { predicted: 2, actual: 3, spend: 40 },
    { predicted: 1, actual: 1, spend: 10 },
    { predicted: 1, actual: 0, spend: 0 },
    { predicted: 0.5, actual: 0, spend: 0 },
  ];
  const scores = Array.from({ length: 120 }, (_, sequence): JudgedScore => {
    const { predicted, actual, spend } = rows[sequence % 4]!;
    return {
      horizon: 0,
      sequence,
      atS: 0,
      modelVersion: 'm-1',
      segment: sequence % 4 === 0 ? 3 : 1,
      predicted: { orders: predicted, dispersion: 1, spendMinor: 1_000 * predicted, logSpendSigma: 1 },
      actual: { orders: actual, spendMinor: 100 * spend },
    };
  });
  const figures = figuresOf('served', scores, 100)!;
  expect(figures.scores).toBe(120);
  // Σ predicted 4.5 against Σ actual 4; spend 45 against 50.
  expect(figures.orders.ratio).toBeCloseTo(4.5 / 4, 12);
  expect(figures.spend.ratio).toBeCloseTo(45 / 50, 12);
  expect(figures.orders.mae).toBeCloseTo((1 + 0 + 1 + 0.5) / 4, 12);
  expect(figures.spend.rmse).toBeCloseTo(Math.sqrt((20 ** 2 + 0 + 10 ** 2 + 5 ** 2) / 4), 12);
  // P(orders) = 1 − 1/(1 + Λ) at α = 1: 2/3, 1/2, 1/2, 1/3.
  const brier = ((1 / 3) ** 2 + 0.5 ** 2 + 0.5 ** 2 + (1 / 3) ** 2) / 4;
  expect(figures.buysAgain.brier).toBeCloseTo(brier, 12);
  // Of the four pairs buyer × none three are ranked right and one is a tie.
  expect(figures.buysAgain.auc).toBeCloseTo(3.5 / 4, 12);
  const loss = rows.reduce((sum, { predicted, actual }) => sum + negativeBinomialLoss(actual, predicted, 1), 0) / 4;
  expect(figures.loss).toBeCloseTo(loss, 12);
  expect(Object.keys(figures.groups)).toEqual(['1', '4+']);
  expect(figures.groups['4+']).toMatchObject({ scores: 30, orders: { ratio: 2 / 3 }, spend: { ratio: 0.5 } });
});

test('scores that are right cover what they should, and a version with few scores says nothing', () => {
  const scores = truthful(mulberry32(4), 6_000);
  const figures = figuresOf('served', scores, 100)!;
  expect(figures.orders.coverage80).toBeCloseTo(0.8, 1.5);
  expect(figures.orders.coverage95).toBeCloseTo(0.95, 1.5);
  expect(figures.orders.plain90).toBeGreaterThanOrEqual(0.9);
  expect(figures.buysAgain.ece).toBeLessThan(0.03);
  const groups = Object.values(figures.groups);
  expect(groups.map((group) => group.scores).reduce((a, b) => a + b)).toBe(6_000);
  for (const group of groups) expect(Math.abs(group.orders.coverage80 - 0.8)).toBeLessThan(0.03);
  expect(figuresOf('m-1', scores.slice(0, MIN_SCORES - 1), 100)).toBeNull();
});

test('a score of regular orders is judged as one: its erlangShape goes into the loss and the order probability', () => {
  const curve = { ratePerDay: 0.1, scaleDays: 1e9, shape: 0 };
  const outputs = { curve, dispersion: 0.3, erlangShape: 3, orderValueMinor: 1_000, logSpendSigma: 0.5 };
  const label = {
    closedIntervals: 3,
    orders: [0, 0, 1, 0, 0, 0, 0, 0],
    orderedMinor: 1_000,
    valuedOrders: 1,
    spendMinor: 1_000,
  };
  const { predicted, actual } = judgeScore({ modelVersion: 'm-1', outputs }, 0, label);
  expect(predicted).toMatchObject({ dispersion: 0.3, erlangShape: 3 });
  const scores = Array.from({ length: 120 }, (_, sequence): JudgedScore => {
    return { horizon: 0, sequence, atS: 0, modelVersion: 'm-1', segment: 1, predicted, actual };
  });
  const figures = figuresOf('served', scores, 100)!;
  const count = { mean: predicted.orders, dispersion: 0.3, erlangShape: 3 };
  expect(figures.loss).toBeCloseTo(countLoss(count, 1), 10);
  expect(figures.buysAgain.brier).toBeCloseTo(probabilityOfZero(count) ** 2, 10);
  const { erlangShape: _, ...plain } = outputs;
  expect('erlangShape' in judgeScore({ modelVersion: 'm-1', outputs: plain }, 0, label).predicted).toBe(false);
});

test('scores of half the level are seen as such', () => {
  const halved = truthful(mulberry32(5), 3_000).map((score) => {
    const { orders, spendMinor } = score.predicted;
    return { ...score, predicted: { ...score.predicted, orders: orders / 2, spendMinor: spendMinor / 2 } };
  });
  const { orders, spend } = figuresOf('served', halved, 100)!;
  expect(orders.ratio).toBeCloseTo(0.5, 1);
  expect(spend.ratio).toBeCloseTo(0.5, 1);
  expect(orders.coverage80).toBeLessThan(0.77);
});
