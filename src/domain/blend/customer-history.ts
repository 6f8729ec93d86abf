import { boundedSum } from '../bounded-sum';
import type { MeanValue } from '../btyd/gamma-gamma';
import type { RecencyFrequency } from '../btyd/recency-frequency';
import { type CustomerEvent, SECONDS_PER_DAY } from '../event';
import type { CustomerOutcome } from '../metrics/forecast';

/** An order, a refund or a cancellation; the amount is positive, in minor units. */
export interface Booking {
  readonly timeS: number;
  readonly minor: number;
}

/** One customer's orders and refunds, each in time order. At most one order per day, see {@link mergeSameDay}. */
export interface CustomerHistory {
  readonly customerId: string;
  readonly firstSeenS: number;
  readonly orders: Booking[];
  readonly returned: Booking[];
}

/**
 * Merges the orders of one customer on one UTC day: the time of the first, the sum of the amounts. The published results of the BTYD
 * models do the same. Every model and every label uses the merged events. A cut at midnight splits no day.
 */
export function mergeSameDay(events: Iterable<CustomerEvent>): CustomerEvent[] {
  const merged: CustomerEvent[] = [];
  const today = new Map<string, { day: number; at: number }>();
  for (const event of events) {
    if (event.kind !== 'order') {
      merged.push(event);
      continue;
    }
    const day = Math.floor(event.timeS / SECONDS_PER_DAY);
    const before = today.get(event.customerId);
    if (before?.day === day) {
      const first = merged[before.at]!;
      const amountMinor = boundedSum(first.amountMinor, event.amountMinor);
      merged[before.at] = { ...first, amountMinor, items: boundedSum(first.items, event.items) };
    } else {
      today.set(event.customerId, { day, at: merged.length });
      merged.push(event);
    }
  }
  return merged;
}

/** By customer, in the order of their first event. */
export function customerHistories(events: Iterable<CustomerEvent>): CustomerHistory[] {
  const byId = new Map<string, CustomerHistory>();
  for (const { customerId, kind, timeS, amountMinor } of events) {
    if (kind === 'profile') continue;
    let history = byId.get(customerId);
    if (history === undefined) {
      history = { customerId, firstSeenS: timeS, orders: [], returned: [] };
      byId.set(customerId, history);
    }
    if (kind === 'order') history.orders.push({ timeS, minor: amountMinor });
    else if (kind === 'refund' || kind === 'cancel') history.returned.push({ timeS, minor: amountMinor });
  }
  return [...byId.values()];
}

/** Bookings in [fromS, toS). */
export function between(bookings: readonly Booking[], fromS: number, toS: number): readonly Booking[] {
  return bookings.filter(({ timeS }) => timeS >= fromS && timeS < toS);
}

/** A customer's history just before an instant. Nothing at or after it is read. */
export interface KnownCustomer {
  readonly customerId: string;
  readonly history: CustomerHistory;
  readonly asOfS: number;
  /** Orders before the instant. */
  readonly orders: number;
  /** x, t_x, T in days. */
  readonly recencyFrequency: RecencyFrequency;
  /** Over the orders with a value above 0, minor units; null if there is none. */
  readonly meanValue: MeanValue | null;
}

/** Everyone with an event before `asOfS`. */
export function knownCustomers(histories: readonly CustomerHistory[], asOfS: number): KnownCustomer[] {
  return histories
    .filter(({ firstSeenS }) => firstSeenS < asOfS)
    .map((history) => {
      const orders = between(history.orders, Number.NEGATIVE_INFINITY, asOfS);
      const valued = orders.filter(({ minor }) => minor > 0);
      const birthS = orders[0]?.timeS ?? history.firstSeenS;
      const lastS = orders[orders.length - 1]?.timeS ?? birthS;
      return {
        customerId: history.customerId,
        history,
        asOfS,
        orders: orders.length,
        recencyFrequency: {
          repeats: Math.max(0, orders.length - 1),
          recency: (lastS - birthS) / SECONDS_PER_DAY,
          age: (asOfS - birthS) / SECONDS_PER_DAY,
        },
        meanValue: valued.length === 0 ? null : { orders: valued.length, mean: sumMinor(valued) / valued.length },
      };
    });
}

/** What a customer did in [asOfS, asOfS + days): orders, and spend less the refunds dated there, never below 0. */
export function outcomeOf(customer: KnownCustomer, days: number, minorPerMajor: number): CustomerOutcome {
  const untilS = customer.asOfS + days * SECONDS_PER_DAY;
  const orders = between(customer.history.orders, customer.asOfS, untilS);
  const returned = between(customer.history.returned, customer.asOfS, untilS);
  return { orders: orders.length, spend: Math.max(0, sumMinor(orders) - sumMinor(returned)) / minorPerMajor };
}

export function sumMinor(bookings: readonly Booking[]): number {
  return bookings.reduce((sum, { minor }) => sum + minor, 0);
}
