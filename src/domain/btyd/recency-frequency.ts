import { SECONDS_PER_DAY } from '../event';
import { NEVER_S, netOrders, type RunningSummary } from '../state/summary';

/** What the BTYD models need from a customer. Any unit of time, but the same as in the parameters. */
export interface RecencyFrequency {
  /** x: orders after the first. */
  readonly repeats: number;
  /** t_x: time from the first order to the last; 0 if there is only one. */
  readonly recency: number;
  /** T: time from the first order to now. */
  readonly age: number;
}

export interface WeightedRecencyFrequency extends RecencyFrequency {
  /** Number of customers with these three numbers. */
  readonly customers: number;
}

/** Groups equal customers. On daily data, most customers without a repeat order are equal, which makes a fit much faster. */
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
 * From the running summary, in days. Cancelled orders do not count as repeats. For a customer without orders, the first event stands for
 * the first order.
 */
export function recencyFrequency(summary: RunningSummary, asOfS: number): RecencyFrequency {
  // The customer has attributes but no events yet.
  const firstSeenS = summary.firstSeenS === NEVER_S ? asOfS : summary.firstSeenS;
  if (summary.lastOrderS === NEVER_S) return { repeats: 0, recency: 0, age: days(asOfS - firstSeenS) };
  const repeats = Math.max(0, netOrders(summary) - 1);
  const recency = repeats === 0 ? 0 : days(summary.lastOrderS - summary.firstOrderS);
  return { repeats, recency, age: Math.max(recency, days(asOfS - summary.firstOrderS)) };
}

function days(seconds: number): number {
  return Math.max(0, seconds) / SECONDS_PER_DAY;
}
