import { SECONDS_PER_DAY } from '../event';
import { ORDER_SEGMENTS, segmentOf } from '../state/order-segments';
import { type CustomerHistory, type KnownCustomer, knownCustomers, outcomeOf } from './customer-history';

/** Lower bounds of the silence classes, in label windows. */
const SILENCE_CLASSES = [0, 0.25, 0.5, 1, 2] as const;
/** Weight of the segment's mean in the mean of a cell, in customers. */
const PRIOR_CUSTOMERS = 20;

/**
 * Orders per customer in the last label window, by order segment and silence at its start. It predicts the next window if that is like
 * the last. The season is included if windows are whole years. Returns null if the history was shorter than one window when the last
 * window began: then the cells that matter now would be empty.
 */
export function recentRates(
  histories: readonly CustomerHistory[],
  asOfS: number,
  windowDays: number,
): ((customer: KnownCustomer) => number) | null {
  const windowS = windowDays * SECONDS_PER_DAY;
  const firstS = histories.reduce((earliest, { firstSeenS }) => Math.min(earliest, firstSeenS), asOfS);
  if (firstS > asOfS - 2 * windowS) return null;
  const segments = ORDER_SEGMENTS.map(() => ({ customers: 0, orders: 0 }));
  const cells = ORDER_SEGMENTS.map(() => SILENCE_CLASSES.map(() => ({ customers: 0, orders: 0 })));
  for (const customer of knownCustomers(histories, asOfS - windowS)) {
    const { orders } = outcomeOf(customer, windowDays, 1);
    const segment = segmentOf(customer.orders);
    for (const cell of [segments[segment]!, cells[segment]![silenceClass(customer, windowDays)]!]) {
      cell.customers++;
      cell.orders += orders;
    }
  }
  return (customer) => {
    const segment = segments[segmentOf(customer.orders)]!;
    const cell = cells[segmentOf(customer.orders)]![silenceClass(customer, windowDays)]!;
    const prior = segment.customers === 0 ? 0 : segment.orders / segment.customers;
    return (cell.orders + PRIOR_CUSTOMERS * prior) / (cell.customers + PRIOR_CUSTOMERS);
  };
}

function silenceClass({ recencyFrequency }: KnownCustomer, windowDays: number): number {
  const silence = (recencyFrequency.age - recencyFrequency.recency) / windowDays;
  return SILENCE_CLASSES.filter((leastSilence) => silence >= leastSilence).length - 1;
}
