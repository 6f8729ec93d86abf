import type { SegmentFactors } from '../btyd/btyd-model';
import { SECONDS_PER_DAY } from '../event';
import { ORDER_SEGMENTS } from '../state/order-segments';
import { type BlendChoice, blendedValue, MOST_VALUED } from './blend-choice';
import type { EndedInterval } from './level';
import type { StreamRow } from './stream-row';

/** Intervals and origins this old count 1/e. A segment changes slowly; the level follows what changes for everyone. */
const MEMORY_DAYS = 56;
/** Expected orders that pull a segment's factor to 1. A customer's overlapping windows count some orders two or three times. */
const PRIOR_ORDERS = 50;
const PRIOR_VALUED_ORDERS = 100;
const [LEAST, MOST] = [1 / 3, 3];

/**
 * Factors by order segment on the blend's expected orders and order value. That of orders is relative to all customers, so it leaves the
 * total to the level. That of the value minimises the gamma deviance of the mean order values.
 */
export function segmentFactors(
  intervals: readonly EndedInterval[],
  rows: readonly StreamRow[],
  { valueShare }: BlendChoice,
  clockS: number,
): SegmentFactors {
  const [expected, came] = [bySegment(0), bySegment(0)];
  for (const { segment, agoDays, expected: said, orders } of intervals) {
    const weight = Math.exp(-agoDays / MEMORY_DAYS);
    expected[segment]! += weight * said;
    came[segment]! += weight * orders;
  }
  const total = sum(expected) === 0 ? 1 : (sum(came) + PRIOR_ORDERS) / (sum(expected) + PRIOR_ORDERS);
  const [valued, ratios] = [bySegment(PRIOR_VALUED_ORDERS), bySegment(PRIOR_VALUED_ORDERS)];
  for (const row of rows) {
    if (row.valuedOrders === 0) continue;
    const agoDays = Math.max(0, (clockS - row.atS) / SECONDS_PER_DAY - row.days);
    const weight = row.represents * Math.exp(-agoDays / MEMORY_DAYS) * Math.min(row.valuedOrders, MOST_VALUED);
    valued[row.segment]! += weight;
    ratios[row.segment]! += (weight * row.ordered) / row.valuedOrders / blendedValue(row, valueShare);
  }
  return {
    orders: ORDER_SEGMENTS.map((_, s) =>
      bounded((came[s]! + PRIOR_ORDERS * total) / (expected[s]! + PRIOR_ORDERS) / total),
    ),
    value: ORDER_SEGMENTS.map((_, s) => bounded(ratios[s]! / valued[s]!)),
  };
}

function bySegment(start: number): number[] {
  return ORDER_SEGMENTS.map(() => start);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function bounded(factor: number): number {
  return Math.min(MOST, Math.max(LEAST, factor));
}
