import { SECONDS_PER_DAY } from '../event';
import { ORDER_SEGMENTS, segmentOf } from '../state/order-segments';
import { type CustomerHistory, type KnownCustomer, knownCustomers, outcomeOf } from './customer-history';

/** Least silence of each stratum, in label windows. */
const SILENCE_STRATA = [0, 0.25, 0.5, 1, 2] as const;
/** Customers that a stratum's mean is shrunk to its bucket's by. */
const PRIOR_CUSTOMERS = 20;

/**
 * The last label window's orders per customer, by evidence bucket and silence at its beginning: the next window's if it is like the
 * last, season and all where windows are years. null where the history had not lasted a window yet when the last one began: then the
 * strata that matter now were empty.
 */
export function recentRates(
  histories: readonly CustomerHistory[],
  asOfS: number,
  windowDays: number,
): ((customer: KnownCustomer) => number) | null {
  const windowS = windowDays * SECONDS_PER_DAY;
  const firstS = histories.reduce((earliest, { firstSeenS }) => Math.min(earliest, firstSeenS), asOfS);
  if (firstS > asOfS - 2 * windowS) return null;
  const buckets = ORDER_SEGMENTS.map(() => ({ customers: 0, orders: 0 }));
  const strata = ORDER_SEGMENTS.map(() => SILENCE_STRATA.map(() => ({ customers: 0, orders: 0 })));
  for (const customer of knownCustomers(histories, asOfS - windowS)) {
    const { orders } = outcomeOf(customer, windowDays, 1);
    const bucket = segmentOf(customer.orders);
    for (const cell of [buckets[bucket]!, strata[bucket]![silenceStratum(customer, windowDays)]!]) {
      cell.customers++;
      cell.orders += orders;
    }
  }
  return (customer) => {
    const bucket = buckets[segmentOf(customer.orders)]!;
    const stratum = strata[segmentOf(customer.orders)]![silenceStratum(customer, windowDays)]!;
    const prior = bucket.customers === 0 ? 0 : bucket.orders / bucket.customers;
    return (stratum.orders + PRIOR_CUSTOMERS * prior) / (stratum.customers + PRIOR_CUSTOMERS);
  };
}

function silenceStratum({ recencyFrequency }: KnownCustomer, windowDays: number): number {
  const silence = (recencyFrequency.age - recencyFrequency.recency) / windowDays;
  return SILENCE_STRATA.filter((leastSilence) => silence >= leastSilence).length - 1;
}
