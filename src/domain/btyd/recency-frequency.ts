import { SECONDS_PER_DAY } from '../event';
import { NEVER_S, netOrders, type RunningSummary } from '../state/summary';

/** What the buy-till-you-die models know of a customer. Any unit of time, the same as the parameters'. */
export interface RecencyFrequency {
  /** x: orders after the first. */
  readonly repeats: number;
  /** t_x: from the first order to the last; 0 where there is one only. */
  readonly recency: number;
  /** T: from the first order to now. */
  readonly age: number;
}

export interface WeightedRecencyFrequency extends RecencyFrequency {
  /** Customers with these three numbers. */
  readonly customers: number;
}

/** Equal customers together: on daily data most who never came back are equal, and a fit is as much faster. */
export function groupEqual(customers: Iterable<RecencyFrequency>): WeightedRecencyFrequency[] {
  const groups = new Map<string, { repeats: number; recency: number; age: number; customers: number }>();
  for (const { repeats, recency, age } of customers) {
    const key = `${repeats}/${recency}/${age}`;
    const group = groups.get(key);
    if (group) group.customers++;
    else groups.set(key, { repeats, recency, age, customers: 1 });
  }
  return [...groups.values()];
}

/**
 * From the running summary, days. Cancelled orders do not count as repeats. Whoever has not ordered yet counts as having come for the
 * first time when first seen.
 */
export function recencyFrequency(summary: RunningSummary, asOfS: number): RecencyFrequency {
  // Of whom only attributes are known, nothing has been seen yet.
  const firstSeenS = summary.firstSeenS === NEVER_S ? asOfS : summary.firstSeenS;
  if (summary.lastOrderS === NEVER_S) return { repeats: 0, recency: 0, age: days(asOfS - firstSeenS) };
  const repeats = Math.max(0, netOrders(summary) - 1);
  const recency = repeats === 0 ? 0 : days(summary.lastOrderS - summary.firstOrderS);
  return { repeats, recency, age: Math.max(recency, days(asOfS - summary.firstOrderS)) };
}

function days(seconds: number): number {
  return Math.max(0, seconds) / SECONDS_PER_DAY;
}
