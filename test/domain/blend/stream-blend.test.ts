import { blendOnStream, LEVEL_BOUNDS, recentLevel, type StreamRow } from '../../../src/domain/blend/stream-blend';
import { expectedOrders } from '../../../src/domain/distribution/order-curve';
import { SECONDS_PER_DAY } from '../../../src/domain/event';
import { INTERVAL_EDGES_DAYS, INTERVALS } from '../../../src/domain/label-intervals';
import { drawGamma, drawNormal, drawPoisson, mulberry32 } from '../../../src/domain/math/random';

const seed = Number(process.env.CLV_TEST_SEED ?? 31);
const SHOP = {
  paretoNbd: { r: 1, alpha: 20, s: 1, beta: 20 },
  orderValue: { meanMinor: 4_000, weight: 2 },
};

/** Origins over `days` days until now. From `changedDaysAgo` on, customers order `factor` times as often as both models say. */
function rows(
  days: number,
  knows: 'network' | 'btyd',
  factor = 1,
  changedDaysAgo = 0,
): { rows: StreamRow[]; clockS: number } {
  const random = mulberry32(seed);
  const clockS = 1_000 * SECONDS_PER_DAY;
  const all: StreamRow[] = [];
  for (let c = 0; c < 500; c++) {
    const rate = drawGamma(random, 1, 15);
    const curve = (ratePerDay: number) => ({ ratePerDay, scaleDays: 200, shape: 1 });
    const right = curve(rate);
    const wrong = curve(rate * Math.exp(1.2 * drawNormal(random) - 0.72));
    for (let ago = 1 + (c % 14); ago < days; ago += 14) {
      let closed = 0;
      while (closed < INTERVALS && INTERVAL_EDGES_DAYS[closed + 1]! < ago) closed++;
      if (closed === 0) continue;
      const intervalOrders = Array.from({ length: closed }, (_, k) => {
        const [from, until] = [INTERVAL_EDGES_DAYS[k]!, INTERVAL_EDGES_DAYS[k + 1]!];
        // Share of the interval that lies after the change.
        const after = Math.min(1, Math.max(0, (until - Math.max(from, ago - changedDaysAgo)) / (until - from)));
        return drawPoisson(
          random,
          (1 - after + factor * after) * (expectedOrders(right, until) - expectedOrders(right, from)),
        );
      });
      const orders = intervalOrders.reduce((sum, n) => sum + n, 0);
      all.push({
        customerId: `c${c}`,
        atS: clockS - ago * SECONDS_PER_DAY,
        segment: 1 + (c % 3),
        days: INTERVAL_EDGES_DAYS[closed]!,
        closedIntervals: closed,
        intervalOrders,
        networkCurve: knows === 'network' ? right : wrong,
        btydCurve: knows === 'network' ? wrong : right,
        dispersion: 0.05,
        networkValue: 40,
        btydValue: 40,
        logSpendSigma: 0.5,
        orders,
        valuedOrders: orders,
        ordered: 40 * orders,
        spend: 40 * orders,
      });
    }
  }
  return { rows: all, clockS };
}

test.each(['network', 'btyd'] as const)(
  `the side that knows the customers gets the share: the %s (CLV_TEST_SEED=${seed})`,
  (knows) => {
    const { rows: all, clockS } = rows(100, knows);
    const { networkShares, level } = blendOnStream(SHOP, all, clockS);
    expect(networkShares[0]).toBe(0);
    for (const share of networkShares.slice(1)) {
      if (knows === 'network') expect(share).toBeGreaterThan(0.8);
      else expect(share).toBeLessThan(0.2);
    }
    expect(level).toBeGreaterThan(0.85);
    expect(level).toBeLessThan(1.15);
  },
);

test('a change of demand is in the total within weeks, and mostly within one', () => {
  const choice = { networkShares: [0, 1, 1, 1], valueShare: 0.5 };
  const levelAfter = (days: number) => {
    const { rows: all, clockS } = rows(150, 'network', 0.4, days);
    return recentLevel(all, choice, clockS);
  };
  expect(levelAfter(0)).toBeGreaterThan(0.9);
  expect(levelAfter(7)).toBeLessThan(levelAfter(0) - 0.02);
  expect(levelAfter(28)).toBeLessThan(0.4 * 1.5);
  expect(levelAfter(60)).toBeLessThan(0.4 * 1.25);
});

test('the total stays within its bounds, and without labels is that of the blend', () => {
  const choice = { networkShares: [0, 1, 1, 1], valueShare: 0.5 };
  expect(recentLevel([], choice, 0)).toBe(1);
  const { rows: all, clockS } = rows(100, 'network', 1_000, 1e9);
  expect(recentLevel(all, choice, clockS)).toBe(LEVEL_BOUNDS[1]);
});
