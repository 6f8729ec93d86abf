import type { BacktestRow } from '../../../src/domain/blend/backtest';
import { chooseBlend, chooseValueShare } from '../../../src/domain/blend/blend-choice';
import {
  calibrateShapes,
  dispersionFactor,
  erlangShapeOf,
  logSpendSigmaFactor,
} from '../../../src/domain/blend/shape-calibration';
import { expectedOrders } from '../../../src/domain/distribution/order-curve';
import { drawGamma, drawNormal, mulberry32 } from '../../../src/domain/math/random';
import { countPit } from '../../../src/domain/metrics/coverage';

const SEED = 47;
const DAYS = 60;

/** Customers of whom one of the two curves and one of the two values knows the truth, and the other a noisy version. */
function rows(count: number, orderTruth: 'network' | 'btyd', valueTruth: 'network' | 'btyd'): BacktestRow[] {
  const random = mulberry32(SEED);
  return Array.from({ length: count }, (_, i) => {
    const curve = (ratePerDay: number) => ({ ratePerDay, scaleDays: 100, shape: 0.2 });
    const rate = 0.03 * drawGamma(random, 1, 1);
    const [right, wrong] = [curve(rate), curve(rate * Math.exp(1.5 * drawNormal(random)))];
    const value = 50 * Math.exp(0.5 * drawNormal(random));
    const misjudged = value * Math.exp(drawNormal(random));
    const mean = expectedOrders(right, DAYS);
    const draw = random();
    let orders = 0;
    while (countPit({ mean, dispersion: 0.01 }, orders, 1) < draw) orders++;
    const ordered = orders * value * Math.exp(0.3 * drawNormal(random) - 0.045);
    return {
      days: DAYS,
      segment: i % 4,
      networkCurve: orderTruth === 'network' ? right : wrong,
      btydCurve: orderTruth === 'network' ? wrong : right,
      dispersion: 0.01,
      networkValue: valueTruth === 'network' ? value : misjudged,
      btydValue: valueTruth === 'network' ? misjudged : value,
      logSpendSigma: 0.5,
      orders,
      valuedOrders: orders,
      ordered,
      spend: ordered,
    };
  });
}

describe(`how a backtest says to combine (seed ${SEED})`, () => {
  test('the better model gets the share, for orders and value separately, also among those who have not ordered yet', () => {
    const network = chooseBlend(rows(1_500, 'network', 'btyd'));
    for (const share of network.networkShares) expect(share).toBeGreaterThan(0.7);
    expect(network.valueShare).toBeLessThan(0.3);
    const btyd = chooseBlend(rows(1_500, 'btyd', 'network'));
    for (const share of btyd.networkShares) expect(share).toBeLessThan(0.3);
    expect(btyd.valueShare).toBeGreaterThan(0.7);
  });

  test('little data leaves the shares near a half', () => {
    const few = chooseBlend(rows(6, 'network', 'btyd'));
    for (const share of few.networkShares.slice(1)) expect(Math.abs(share - 0.5)).toBeLessThanOrEqual(0.2);
    expect(chooseBlend([]).networkShares).toEqual([0, 0.5, 0.5, 0.5]);
    expect(chooseValueShare([])).toBe(0.5);
  });

  test('log-spend sigma is scaled until the central interval covers 80 % of the spend, whatever the total; it stays if nobody spent', () => {
    const random = mulberry32(SEED);
    const members = Array.from({ length: 3_000 }, () => ({
      mean: 1,
      dispersion: 1,
      spendMean: 40, // given an order: 80, and 160 was spent
      logSpendSigma: 0.5,
      orders: 1,
      spend: 160 * Math.exp(0.7 * drawNormal(random) - 0.245),
    }));
    expect(0.5 * logSpendSigmaFactor(members)).toBeGreaterThan(0.63);
    expect(0.5 * logSpendSigmaFactor(members)).toBeLessThan(0.75);
    expect(logSpendSigmaFactor(members.map((row) => ({ ...row, spend: 0 })))).toBe(1);
    expect(logSpendSigmaFactor([])).toBe(1);
  });

  test('the dispersion rises if more bought nothing than predicted, falls if fewer did, and stays without evidence', () => {
    const members = (none: number) =>
      Array.from({ length: 1_000 }, (_, i) => ({
        mean: 1,
        dispersion: 1, // P(0) = 1/2
        spendMean: 1,
        logSpendSigma: 1,
        orders: i < 1_000 * none ? 0 : 2,
        spend: 1,
      }));
    expect(dispersionFactor(members(0.6))).toBeGreaterThan(1.1);
    expect(dispersionFactor(members(0.4))).toBeLessThan(0.9);
    expect(dispersionFactor(members(0.5))).toBeCloseTo(1, 1);
    expect(dispersionFactor([])).toBe(1);
  });

  describe('the Erlang shape', () => {
    /** Customers whose counts have Erlang shape r, and whose predicted mean is `level` times the true one. */
    const members = (count: number, erlangShape: number, dispersion: number, level = 1) => {
      const random = mulberry32(SEED);
      return Array.from({ length: count }, () => {
        const mean = drawGamma(random, 3, 3);
        const draw = random();
        let orders = 0;
        while (countPit({ mean, dispersion, erlangShape }, orders, 1) < draw) orders++;
        return { mean: level * mean, dispersion, spendMean: 1, logSpendSigma: 1, orders, spend: orders };
      });
    };

    test.each([
      [2, 0.01],
      [2, 0.5],
      [5, 0.01],
    ])('%p is found at a dispersion of %p, whatever the total', (erlangShape, dispersion) => {
      for (const level of [0.7, 1.4]) {
        const found = erlangShapeOf(members(2_000, erlangShape, dispersion, level));
        expect(1 - 1 / found).toBeGreaterThan(1 - 1 / erlangShape - 0.15);
        expect(1 - 1 / found).toBeLessThan(1 - 1 / erlangShape + 0.15);
      }
    });

    test('is 1 if customers order at random, if there are few of them, or if nobody orders', () => {
      // Chance: of twelve other seeds, eleven say 1.
      expect(erlangShapeOf(members(2_000, 1, 0.5))).toBeLessThan(1.3);
      expect(erlangShapeOf(members(2_000, 1, 0.01, 1.4))).toBeLessThan(1.3);
      expect(erlangShapeOf(members(10, 5, 0.01))).toBe(1);
      expect(erlangShapeOf(members(100, 5, 0.01).map((row) => ({ ...row, orders: 0 })))).toBe(1);
      expect(erlangShapeOf([])).toBe(1);
    });
  });

  test('calibration has a factor above 0 for each segment, and 1 for one without members', () => {
    const test = rows(600, 'network', 'network').filter(({ segment }) => segment > 0);
    const { dispersion, logSpendSigma, erlangShape } = calibrateShapes(test, chooseBlend(test), 1);
    expect(erlangShape).toHaveLength(4);
    for (const order of erlangShape!) expect(order).toBeGreaterThanOrEqual(1);
    for (const factors of [dispersion, logSpendSigma]) {
      expect(factors).toHaveLength(4);
      expect(factors[0]).toBe(1);
      for (const factor of factors) expect(factor).toBeGreaterThan(0);
    }
  });
});
