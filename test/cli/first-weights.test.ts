import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sha256 } from '../../src/adapters/system/digest';
import { type CustomerEvent, SECONDS_PER_DAY } from '../../src/domain/event';
import { predict } from '../../src/domain/scoring/prediction';
import { Scorer } from '../../src/domain/scoring/scorer';
import { emptyState } from '../../src/domain/state/sequence-state';
import { decodeArtefact } from '../../src/serde/model-artefact';

const FILE = join(__dirname, '..', '..', 'models', 'first-weights.clvm');
const EUR = { currency: 'EUR', minorPerMajor: 100 };
const NOW_S = 1_760_000_000;

function model() {
  const decoded = decodeArtefact(readFileSync(FILE), sha256);
  if (!decoded.ok) throw new Error(decoded.reason);
  return decoded.model;
}

/** Events of one customer, days before now; amounts in minor units. */
interface Visit {
  readonly daysAgo: number;
  readonly kind: CustomerEvent['kind'];
  readonly amountMinor?: number;
  readonly dwellS?: number;
  readonly stars?: number;
}

function predictionOf(visits: readonly Visit[], silentDays: number) {
  const scorer = new Scorer(model(), EUR.minorPerMajor);
  const state = emptyState(scorer.model.weights.shape.units);
  const ordered = [...visits].sort((a, b) => b.daysAgo - a.daysAgo);
  ordered.forEach(({ daysAgo, kind, amountMinor = 0, dwellS = 0, stars = 0 }, i) => {
    const timeS = Math.floor(NOW_S - daysAgo * SECONDS_PER_DAY);
    const event = { kind, customerId: 'c', eventId: `e${i}`, timeS, amountMinor, items: 1, dwellS, stars };
    scorer.fold(state, event, { topic: 0, partition: 0, offset: i });
  });
  const { outputs, asOfS } = scorer.rescore(state, NOW_S + silentDays * SECONDS_PER_DAY);
  return predict(scorer, outputs, state.summary, asOfS, EUR);
}

const order = (daysAgo: number, amountMinor: number): Visit => ({ daysAgo, kind: 'order', amountMinor });
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

const HISTORIES: Record<string, readonly Visit[]> = {
  'one order': [order(0, 5_000)],
  'one browse': [{ daysAgo: 0, kind: 'browse', dwellS: 30 }],
  'a free order': [order(0, 0)],
  'a huge order': [order(0, 1e12)],
  'monthly for three years': times(36, (i) => order(30 * i, 4_000)),
  'daily for a year': times(365, (i) => order(i, 2_000)),
  'three thousand clicks in a day': times(3_000, (i) => ({ daysAgo: i / 3_000, kind: 'click' })),
  'everything returned': times(10, (i) => [
    order(30 * i + 5, 9_000),
    { daysAgo: 30 * i, kind: 'refund', amountMinor: 9_000 } as Visit,
  ]).flat(),
  'refunds only': times(5, (i) => ({ daysAgo: i, kind: 'refund', amountMinor: 1e9 })),
  'thirty years ago': [order(11_000, 5_000), order(10_990, 5_000)],
  'a page left open for a month': [{ daysAgo: 0, kind: 'browse', dwellS: 2_600_000 }],
  'an order and nothing but complaints': [
    order(90, 5_000),
    ...times(9, (i): Visit => ({ daysAgo: i, kind: 'review', stars: 1 })),
  ],
  'orders of one second': times(40, () => order(0, 3_000)),
};

describe('the shipped first weights', () => {
  test('are small', () => {
    expect(readFileSync(FILE).length).toBeLessThan(100_000);
  });

  describe.each(Object.entries(HISTORIES))('%s', (_name, visits) => {
    test.each([0, 1, 30, 365, 3_650])(
      'and %i days of silence: finite, not negative, monotone in the horizon',
      (silentDays) => {
        const { orders, revenue, clv, orderProbability, churnProbability, clv365Quantiles, nextOrderDays } =
          predictionOf(visits, silentDays);
        for (const values of [orders, revenue, clv, orderProbability, clv365Quantiles]) {
          for (const value of values) expect(Number.isFinite(value) && value >= 0).toBe(true);
          expect([...values].sort((a, b) => a - b)).toEqual([...values]);
        }
        for (const p of [...orderProbability, churnProbability]) expect(p).toBeLessThanOrEqual(1);
        for (const days of nextOrderDays) if (days !== null) expect(days).toBeGreaterThanOrEqual(0);
        // Twenty orders a day for a year is beyond any shopper: a wild extrapolation would show here.
        expect(orders[2]).toBeLessThan(20 * 365);
      },
    );
  });

  test('a new customer with one order of 50 EUR is worth some orders more, not none and not hundreds', () => {
    const { clv } = predictionOf([order(0, 5_000)], 0);
    expect(clv[2]).toBeGreaterThan(20);
    expect(clv[2]).toBeLessThan(600);
  });

  test('a monthly buyer is worth more than a one-time buyer, and silence lowers the value', () => {
    const monthly = HISTORIES['monthly for three years']!;
    const once = predictionOf([order(0, 4_000)], 0).clv[2];
    const [fresh, silent, gone] = [0, 60, 365].map((days) => predictionOf(monthly, days).clv[2]);
    expect(fresh).toBeGreaterThan(once);
    expect(silent).toBeLessThan(fresh!);
    expect(gone).toBeLessThan(silent!);
    expect(gone).toBeLessThan(0.2 * fresh!);
  });
});
