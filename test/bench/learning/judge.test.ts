import type { Contender } from '../../../bench/learning/contenders';
import { judge, measured } from '../../../bench/learning/judge';
import type { Question, QuestionRound } from '../../../bench/learning/questions';
import { INTERVALS } from '../../../src/domain/label-intervals';
import { drawGamma, drawPoisson, mulberry32 } from '../../../src/domain/math/random';

const SEED = 5;
const WEEK = 7;

/** Customers with a true rate of orders per week, asked for three weeks in a row. */
function rounds(): { rounds: QuestionRound[]; rates: Map<string, number> } {
  const random = mulberry32(SEED);
  const rates = new Map(Array.from({ length: 600 }, (_, i) => [`c${i}`, drawGamma(random, 1, 1)]));
  const question = ([customerId, rate]: [string, number]): Question => {
    const count = drawPoisson(random, rate);
    const orders = new Array<number>(INTERVALS).fill(0);
    orders[0] = count;
    const label = {
      closedIntervals: 3,
      orders,
      orderedMinor: 1_000 * count,
      valuedOrders: count,
      spendMinor: 1_000 * count,
    };
    return { customer: { customerId }, state: {}, labels: [label, null, null, null] } as unknown as Question;
  };
  return { rounds: [1, 2, 3].map((week) => ({ atS: week, questions: [...rates].map(question) })), rates };
}

function contender(name: string, rateOf: (customerId: string) => number): Contender {
  return {
    name,
    at:
      () =>
      (_, { customerId }) => ({
        curve: { ratePerDay: rateOf(customerId) / WEEK, scaleDays: 1e6, shape: 0 },
        dispersion: 0.01,
        orderValueMinor: 1_000,
        logSpendSigma: 0.5,
      }),
  };
}

describe(`the judge of the learning bench (seed ${SEED})`, () => {
  const { rounds: all, rates } = rounds();
  const truth = contender('truth', (id) => rates.get(id)!);
  const double = contender('double', (id) => 2 * rates.get(id)!);
  const constant = contender('constant', () => 1);
  const [sheet, ...others] = judge(all, [truth, double, constant], 100, () => undefined);

  test('has one row per matured label', () => {
    expect(others).toEqual([]);
    expect(sheet).toMatchObject({ days: 7 });
    expect(sheet!.customers).toHaveLength(1_800);
  });

  test('finds the truth best in loss, at the right total and the right coverage', () => {
    const { own, against } = measured(sheet!, 'truth', 'double', 50);
    expect(against.loss.high).toBeLessThan(0);
    expect(Math.abs(own.ordersBias.difference)).toBeLessThan(0.1);
    expect(own.coverage80.difference).toBeGreaterThan(0.77);
    expect(own.coverage80.difference).toBeLessThan(0.83);
  });

  test('finds a wrong total in the bias, not in the ranking', () => {
    const { own, against } = measured(sheet!, 'double', 'truth', 50);
    expect(own.ordersBias.difference).toBeGreaterThan(0.8);
    expect(against.nGini.difference).toBeCloseTo(0, 10);
    expect(against.spearman.difference).toBeCloseTo(0, 10);
  });

  test('gives a contender without a ranking nothing', () => {
    const { nGini, spearman } = measured(sheet!, 'constant', 'truth', 20).own;
    expect(nGini.difference).toBeCloseTo(0, 12);
    expect(spearman.difference).toBe(0);
  });
});
