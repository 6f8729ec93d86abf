import { combinedTotal } from '../../../src/domain/blend/blend-plan';
import { BtydFits, btydBaselines } from '../../../src/domain/blend/btyd-baselines';
import { customerHistories, knownCustomers, outcomeOf } from '../../../src/domain/blend/customer-history';
import { recentRates } from '../../../src/domain/blend/recent-order-rate';
import { rankTotals, totalFactor, totalOf } from '../../../src/domain/blend/total';
import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { drawExponential, drawGamma, mulberry32 } from '../../../src/domain/math/random';
import { anEvent } from '../../support/events';

const SEED = 61;
const DAYS = 300;

/** Customers who come in the first 60 days and order at their own steady rate for ever. */
function faithfulShop() {
  const random = mulberry32(SEED);
  const events = Array.from({ length: 150 }, (_, i) => {
    const rate = drawGamma(random, 2, 40);
    const times = [random() * 60];
    while (times[times.length - 1]! < DAYS) times.push(times[times.length - 1]! + drawExponential(random, rate));
    return times.map((day, k) =>
      anEvent({
        customerId: `c${i}`,
        eventId: `e${i}-${k}`,
        timeS: Math.floor(day * SECONDS_PER_DAY),
        amountMinor: 2_000,
      }),
    );
  });
  return customerHistories(events.flat().sort((a, b) => a.timeS - b.timeS));
}

describe(`baselines of the total (seed ${SEED})`, () => {
  const histories = faithfulShop();
  const fits = new BtydFits(histories);
  const cutS = 200 * SECONDS_PER_DAY;
  const customers = knownCustomers(histories, cutS);

  test('are ranked by what they were off before; the best one has the total of what follows', () => {
    const records = rankTotals(histories, fits, cutS, 60);
    expect(records.map(({ error }) => error)).toEqual([...records.map(({ error }) => error)].sort((a, b) => a - b));
    const predicted = totalOf(
      records[0]!.forecaster,
      { histories, fits, asOfS: cutS, windowDays: 60 },
      customers,
      60,
    )!.reduce((a, b) => a + b, 0);
    const happened = customers.reduce((sum, customer) => sum + outcomeOf(customer, 60, 100).orders, 0);
    expect(Math.abs(Math.log(predicted / happened))).toBeLessThan(0.15);
  });

  test('an origin with less than half a window of history does not judge the forecasters of the total', () => {
    const records = rankTotals(histories, fits, 80 * SECONDS_PER_DAY, 60);
    expect(records.every(({ error }) => error === Number.POSITIVE_INFINITY)).toBe(true);
    expect(combinedTotal(records.map((record) => ({ ...record, total: 3 })))).toBe(0);
  });

  test('totals are weighted by their earlier errors; a forecaster that was never judged does not count', () => {
    const [error, total] = [0.1, 40];
    expect(combinedTotal([{ error, total }])).toBeCloseTo(40, 10);
    expect(
      combinedTotal([
        { error, total },
        { error, total: 90 },
        { error: Number.POSITIVE_INFINITY, total: 1 },
      ]),
    ).toBeCloseTo(60, 10);
    const nearer = combinedTotal([
      { error: 0.05, total },
      { error: 0.5, total: 90 },
    ]);
    expect(nearer).toBeLessThan(42);
  });

  test('recent rates: the last window is forecast from the history before it; null without such a window', () => {
    const rates = recentRates(histories, cutS, 60)!;
    const before = knownCustomers(histories, cutS - 60 * SECONDS_PER_DAY);
    const predicted = before.reduce((sum, customer) => sum + rates(customer), 0);
    const happened = before.reduce((sum, customer) => sum + outcomeOf(customer, 60, 100).orders, 0);
    expect(Math.abs(Math.log(predicted / happened))).toBeLessThan(0.05);
    expect(recentRates(histories, 100 * SECONDS_PER_DAY, 60)).toBeNull();
  });

  test('the factor is the ratio of totals; nothing to scale leaves all as it is', () => {
    expect(totalFactor([2, 4], [{ orders: 1 }, { orders: 2 }])).toBe(2);
    expect(totalFactor([2], [{ orders: 0 }])).toBe(1);
    expect(totalFactor([], [])).toBe(1);
  });

  test('BTYD baselines: finite distributions, the zero of the count included, near the truth on a steady shop', () => {
    const baselines = btydBaselines(histories, fits, { asOfS: cutS, windowDays: 60, minorPerMajor: 100, seed: 1 });
    const happened = customers.reduce((sum, customer) => sum + outcomeOf(customer, 60, 100).spend, 0);
    for (const forecaster of Object.values(baselines)) {
      const predicted = forecaster(customers, 60);
      for (const forecast of predicted)
        for (const value of Object.values(forecast)) expect(Number.isFinite(value)).toBe(true);
      const total = predicted.reduce((sum, { spend }) => sum + spend, 0);
      expect(Math.abs(Math.log(total / happened))).toBeLessThan(0.2);
    }
  });
});
