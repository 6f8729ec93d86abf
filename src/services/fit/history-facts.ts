import { type CustomerEvent, SECONDS_PER_DAY } from '../../domain/event';

/** What a history holds before an instant. Profiles don't count: they don't show how far it reaches. */
export interface HistoryFacts {
  readonly customers: number;
  readonly orders: number;
  /** Orders with an amount above 0. */
  readonly paidOrders: number;
  /** Time of the first and the last event, seconds; null without events. */
  readonly firstS: number | null;
  readonly lastS: number | null;
}

/** Facts of the events in [fromS, untilS). One pass, nothing is folded. */
export function historyFacts(
  events: Iterable<CustomerEvent>,
  fromS = Number.NEGATIVE_INFINITY,
  untilS = Number.POSITIVE_INFINITY,
): HistoryFacts {
  const customers = new Set<string>();
  let [orders, paidOrders] = [0, 0];
  let [firstS, lastS] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const { kind, customerId, timeS, amountMinor } of events) {
    if (kind === 'profile' || timeS < fromS || timeS >= untilS) continue;
    customers.add(customerId);
    firstS = Math.min(firstS, timeS);
    lastS = Math.max(lastS, timeS);
    if (kind !== 'order') continue;
    orders += 1;
    if (amountMinor > 0) paidOrders += 1;
  }
  const isEmpty = customers.size === 0;
  return {
    customers: customers.size,
    orders,
    paidOrders,
    firstS: isEmpty ? null : firstS,
    lastS: isEmpty ? null : lastS,
  };
}

/** Whole days between two instants, seconds. */
export function daysBetween(fromS: number, untilS: number): number {
  return Math.floor((untilS - fromS) / SECONDS_PER_DAY);
}

export function dayOf(timeS: number): string {
  return new Date(timeS * 1000).toISOString().slice(0, 10);
}
