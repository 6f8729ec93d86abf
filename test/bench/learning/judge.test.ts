import { compare, recovered } from '../../../bench/learning/comparison';
import type { Contender } from '../../../bench/learning/contenders';
import { judge } from '../../../bench/learning/judge';
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

  const groups = new Map(['truth', 'double', 'constant'].map((name) => [name, [name]]));
  const compared = compare(sheet!, groups, { resamples: 50, reference: 'double', oracle: 'truth' });

  test('finds the truth best in loss, at the right total and the right coverage', () => {
    const { own, less } = compared.get('truth')!;
    expect(less.get('double')!.loss.high).toBeLessThan(0);
    expect(Math.abs(own.ordersBias.difference)).toBeLessThan(0.1);
    expect(own.coverage80.difference).toBeGreaterThan(0.77);
    expect(own.coverage80.difference).toBeLessThan(0.83);
  });

  test('finds a wrong total in the bias, not in the ranking', () => {
    const { own, less } = compared.get('double')!;
    expect(own.ordersBias.difference).toBeGreaterThan(0.8);
    expect(less.get('truth')!.nGini.difference).toBeCloseTo(0, 10);
    expect(less.get('truth')!.spearman.difference).toBeCloseTo(0, 10);
  });

  test('gives a contender without a ranking nothing', () => {
    const { nGini, spearman } = compared.get('constant')!.own;
    expect(nGini.difference).toBeCloseTo(0, 12);
    expect(spearman.difference).toBe(0);
  });
  test('the truth closes the whole gap to itself, and the reference nothing', () => {
    expect(compared.get('truth')!.gapClosed).toMatchObject({ difference: 1, low: 1, high: 1 });
    expect(compared.get('double')!.gapClosed!.difference).toBe(0);
  });

  test('a group of several has the mean of their figures', () => {
    const pair = new Map([
      ['both', ['truth', 'double']],
      ['truth', ['truth']],
      ['double', ['double']],
    ]);
    const { own } = compare(sheet!, pair, { resamples: 5, reference: 'double' }).get('both')!;
    for (const measure of ['loss', 'nGini', 'ordersBias'] as const) {
      const [a, b] = ['truth', 'double'].map((name) => compared.get(name)!.own[measure].difference);
      expect(own[measure].difference).toBeCloseTo((a! + b!) / 2, 10);
    }
  });

  test('tells from which round on a contender is near the oracle for good', () => {
    const late: Contender = { name: 'late', at: (timeS) => (timeS < 4 ? double : truth).at(timeS) };
    const many = [...all, ...rounds().rounds.map((round, i) => ({ ...round, atS: 4 + i }))];
    many.push(...rounds().rounds.map((round, i) => ({ ...round, atS: 7 + i })));
    const [long] = judge(many, [truth, double, late], 100, () => undefined);
    const named = new Map(['truth', 'double', 'late'].map((name) => [name, [name]]));
    const near = recovered(long!, named, { reference: 'double', oracle: 'truth', share: 0.2 });
    expect(near.get('truth')).toBe(0);
    expect(near.get('double')).toBeNull();
    expect(near.get('late')).toBeGreaterThan(0);
    expect(near.get('late')).toBeLessThanOrEqual(3);
    // Fewer rounds than are averaged tell nothing.
    expect([...recovered(sheet!, groups, { reference: 'double', oracle: 'truth', share: 0.2 }).values()]).toEqual([
      null,
      null,
      null,
    ]);
  });
});
