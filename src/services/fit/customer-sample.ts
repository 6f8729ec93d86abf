import type { CustomerEvent } from '../../domain/event';
import { hashUnit } from '../../domain/math/hash';

/** Another one than that of the held-out customers: a sample must not be all held out. */
const SAMPLE_SALT = 0x5a3b;

/** The events of so many customers, chosen by a hash of their id: a larger sample holds every smaller one. All where there are no more. */
export function ofSomeCustomers(events: readonly CustomerEvent[], customers: number): readonly CustomerEvent[] {
  const ids = [...new Set(events.map(({ customerId }) => customerId))];
  if (ids.length <= customers) return events;
  const byHash = ids.map((id) => ({ id, at: hashUnit(id, SAMPLE_SALT) })).sort((a, b) => a.at - b.at);
  const chosen = new Set(byHash.slice(0, customers).map(({ id }) => id));
  return events.filter(({ customerId }) => chosen.has(customerId));
}
