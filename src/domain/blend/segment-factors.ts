import { ORDER_SEGMENTS } from '../state/order-segments';
import type { EndedInterval } from './level';

/** Intervals that ended this long ago count 1/e. A segment changes slowly; the level follows what changes for everyone. */
const MEMORY_DAYS = 56;
/** Expected orders that pull a segment's factor to 1. A customer's overlapping windows count some orders two or three times. */
const PRIOR_ORDERS = 50;
const [LEAST, MOST] = [1 / 3, 3];

/** Factors by order segment on the blend's expected orders, relative to all customers: the total is left to the level. */
export function segmentFactors(intervals: readonly EndedInterval[]): number[] {
  const [expected, came] = [ORDER_SEGMENTS.map(() => 0), ORDER_SEGMENTS.map(() => 0)];
  for (const { segment, agoDays, expected: said, orders } of intervals) {
    const weight = Math.exp(-agoDays / MEMORY_DAYS);
    expected[segment]! += weight * said;
    came[segment]! += weight * orders;
  }
  const total = (sum(came) + PRIOR_ORDERS) / (sum(expected) + PRIOR_ORDERS);
  return ORDER_SEGMENTS.map((_, s) => {
    const factor = (came[s]! / total + PRIOR_ORDERS) / (expected[s]! + PRIOR_ORDERS);
    return Math.min(MOST, Math.max(LEAST, factor));
  });
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
