import type { StreamRow } from '../../src/domain/blend/stream-row';
import { expectedOrders } from '../../src/domain/distribution/order-curve';
import { SECONDS_PER_DAY } from '../../src/domain/event';
import { INTERVAL_EDGES_DAYS, INTERVALS } from '../../src/domain/label-intervals';
import { drawGamma, drawNormal, drawPoisson, mulberry32 } from '../../src/domain/math/random';

export interface Stream {
  /** Origins over so many days until now. */
  readonly days: number;
  /** The side whose curve is that of the customers. */
  readonly knows: 'network' | 'btyd';
  /** From `changedDaysAgo` on, customers order this many times as often as that side says. */
  readonly factor?: number;
  readonly changedDaysAgo?: number;
  /** Customers of each order segment order this many times as often as that side says. */
  readonly bySegment?: readonly number[];
}

const SEGMENT_ONE = [1, 1, 1, 1];

/** Matured origins of 500 customers, in segments 1 to 3. */
export function streamRows(
  seed: number,
  { days, knows, factor = 1, changedDaysAgo = 0, bySegment = SEGMENT_ONE }: Stream,
): { rows: StreamRow[]; clockS: number } {
  const random = mulberry32(seed);
  const clockS = 1_000 * SECONDS_PER_DAY;
  const all: StreamRow[] = [];
  for (let c = 0; c < 500; c++) {
    const rate = drawGamma(random, 1, 15);
    const segment = 1 + (c % 3);
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
          bySegment[segment]! *
            (1 - after + factor * after) *
            (expectedOrders(right, until) - expectedOrders(right, from)),
        );
      });
      const orders = intervalOrders.reduce((sum, n) => sum + n, 0);
      all.push({
        customerId: `c${c}`,
        atS: clockS - ago * SECONDS_PER_DAY,
        segment,
        days: INTERVAL_EDGES_DAYS[closed]!,
        closedIntervals: closed,
        represents: 1,
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
