import type { CustomerEvent } from '../../domain/event';
import { hashUnit } from '../../domain/math/hash';

/** Must differ from the salt of the held-out customers: otherwise a sample could consist of held-out customers only. */
const SAMPLE_SALT = 0x5a3b;

/** The events of `customers` customers, selected by a hash of their id, so a larger sample contains every smaller one. All events if there are fewer. */
export function ofSomeCustomers(events: readonly CustomerEvent[], customers: number): readonly CustomerEvent[] {
  const ids = [...new Set(events.map(({ customerId }) => customerId))];
  if (ids.length <= customers) return events;
  const byHash = ids.map((id) => ({ id, at: hashUnit(id, SAMPLE_SALT) })).sort((a, b) => a.at - b.at);
  const chosen = new Set(byHash.slice(0, customers).map(({ id }) => id));
  return events.filter(({ customerId }) => chosen.has(customerId));
}
