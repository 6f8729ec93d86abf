import type { BtydModel } from '../btyd/btyd-model';
import type { OrderValuePrior } from '../btyd/order-value-prior';
import type { ParetoNbd } from '../btyd/pareto-nbd';
import { chooseBlend, type SharePrior } from './blend-choice';
import { endedIntervals, recentLevel } from './level';
import { segmentFactors } from './segment-factors';
import { calibrateShapes } from './shape-calibration';
import type { StreamRow } from './stream-row';

/** Longest window of a row from which shares and shapes are chosen, days. */
const LONGEST_WINDOW_DAYS = 90;
/** Rows of many origins saw many seasons, but a customer has several rows, whose windows overlap. */
const STREAM_PRIOR: SharePrior = { deviation: 0.5, temper: 2 };
/** The BTYD fit of the shop. */
export interface ShopFit {
  readonly paretoNbd: ParetoNbd;
  readonly orderValue: OrderValuePrior;
}

/**
 * How to blend now, chosen on what has matured on the stream: the network's shares on all origins, the shapes on one origin per customer,
 * the factors by order segment and the level on all intervals that ended lately.
 */
export function blendOnStream(
  { paretoNbd, orderValue }: ShopFit,
  rows: readonly StreamRow[],
  clockS: number,
): BtydModel {
  const judged = onePerCustomer(rows);
  const choice = chooseBlend(
    rows.filter(({ days }) => days <= LONGEST_WINDOW_DAYS),
    STREAM_PRIOR,
  );
  const intervals = endedIntervals(rows, choice, clockS);
  const factors = segmentFactors(intervals);
  const level = recentLevel(
    intervals.map((interval) => ({ ...interval, expected: interval.expected * factors[interval.segment]! })),
  );
  return {
    paretoNbd,
    networkShares: choice.networkShares,
    level,
    segmentFactors: factors,
    value: { prior: orderValue, networkShare: choice.valueShare },
    calibration: calibrateShapes(judged, choice, level, factors),
  };
}

/** Of each customer the origin with the longest window up to LONGEST_WINDOW_DAYS, the latest of these. Several would count the same orders. */
function onePerCustomer(rows: readonly StreamRow[]): StreamRow[] {
  const best = new Map<string, StreamRow>();
  for (const row of rows) {
    if (row.days > LONGEST_WINDOW_DAYS) continue;
    const other = best.get(row.customerId);
    if (other === undefined || row.days > other.days || (row.days === other.days && row.atS > other.atS))
      best.set(row.customerId, row);
  }
  return [...best.values()];
}
