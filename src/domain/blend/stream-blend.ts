import type { BtydModel } from '../btyd/btyd-model';
import type { OrderValuePrior } from '../btyd/order-value-prior';
import type { ParetoNbd } from '../btyd/pareto-nbd';
import { expectedOrders } from '../distribution/order-curve';
import { SECONDS_PER_DAY } from '../event';
import { INTERVAL_EDGES_DAYS } from '../label-intervals';
import { blendCurves } from '../scoring/blend';
import type { BacktestRow } from './backtest';
import { type BlendChoice, chooseBlend, type SharePrior } from './blend-choice';
import { calibrateShapes } from './shape-calibration';

/** A matured forecast origin of the stream: what the network and the BTYD model say at it, and what has happened since. */
export interface StreamRow extends BacktestRow {
  readonly customerId: string;
  readonly atS: number;
  /** Closed label intervals, at least 1. `days` is the end of the last one. */
  readonly closedIntervals: number;
  /** Orders in each closed interval. */
  readonly intervalOrders: ArrayLike<number>;
}

/** Intervals that ended this long ago count 1/e in the total. The shortest one with enough orders is used: it follows changes soonest. */
const TOTAL_MEMORY_DAYS = [7, 14, 28, 56] as const;
/** Expected orders within the memory that are enough. A customer's overlapping windows count some orders two or three times. */
const ENOUGH_ORDERS = 600;
/** The total starts from the blend's own: this many expected orders pull the factor to 1. */
const TOTAL_PRIOR_ORDERS = 30;
/** Later intervals say how the curve bends, not what the level is now. */
const LEVEL_DAYS = 30;
/** Longest window of a row from which shares and shapes are chosen, days. */
const LONGEST_WINDOW_DAYS = 90;
/** Rows of many origins saw many seasons, but a customer has several rows, whose windows overlap. */
const STREAM_PRIOR: SharePrior = { deviation: 0.5, temper: 2 };
/** The factor on the total stays within these bounds. */
export const LEVEL_BOUNDS = [0.1, 10] as const;

/** The BTYD fit of the shop. */
export interface ShopFit {
  readonly paretoNbd: ParetoNbd;
  readonly orderValue: OrderValuePrior;
}

/**
 * How to blend now, chosen on what has matured on the stream: the network's shares on all origins, the shapes on one origin per customer, the
 * total on all intervals that ended lately.
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
  const level = recentLevel(rows, choice, clockS);
  return {
    paretoNbd,
    networkShares: choice.networkShares,
    level,
    value: { prior: orderValue, networkShare: choice.valueShare },
    calibration: calibrateShapes(judged, choice, level),
  };
}

/**
 * Orders that came ÷ orders that the blend expected, over label intervals weighted by how lately they ended. The shortest intervals mature
 * first, so a change shows within days.
 */
export function recentLevel(rows: readonly StreamRow[], choice: BlendChoice, clockS: number): number {
  const intervals = endedIntervals(rows, choice, clockS);
  let ratio = 1;
  for (const memoryDays of TOTAL_MEMORY_DAYS) {
    let [expected, actual] = [TOTAL_PRIOR_ORDERS, TOTAL_PRIOR_ORDERS];
    for (const interval of intervals) {
      const weight = Math.exp(-interval.agoDays / memoryDays);
      expected += weight * interval.expected;
      actual += weight * interval.orders;
    }
    ratio = actual / expected;
    if (expected >= ENOUGH_ORDERS) break;
  }
  const [least, most] = LEVEL_BOUNDS;
  return Math.min(most, Math.max(least, ratio));
}

interface EndedInterval {
  readonly agoDays: number;
  readonly expected: number;
  readonly orders: number;
}

function endedIntervals(rows: readonly StreamRow[], choice: BlendChoice, clockS: number): EndedInterval[] {
  const ended: EndedInterval[] = [];
  for (const row of rows) {
    const curve = blendCurves(row.networkCurve, row.btydCurve, choice.networkShares[row.segment]!);
    let before = 0;
    for (let k = 0; k < row.closedIntervals; k++) {
      const endDays = INTERVAL_EDGES_DAYS[k + 1]!;
      if (endDays > LEVEL_DAYS) break;
      const until = expectedOrders(curve, endDays);
      const agoDays = (clockS - row.atS) / SECONDS_PER_DAY - endDays;
      ended.push({ agoDays, expected: until - before, orders: row.intervalOrders[k]! });
      before = until;
    }
  }
  return ended;
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
