import type { CustomerAttributes } from '../attributes';
import type { CustomerEvent } from '../event';

/** Turns a table of attributes into profile events: one per customer, at the time of that customer's first event. */
export class ProfilesAtFirstEvent {
  private readonly returned = new Set<string>();

  constructor(private readonly attributes: ReadonlyMap<string, CustomerAttributes>) {}

  /** Number of customers in the table, and how many of them have had an event. */
  get customers(): { readonly total: number; readonly met: number } {
    return { total: this.attributes.size, met: this.returned.size };
  }

  /** The profile to fold right before this event; undefined if the customer has none or had it already. */
  before({ customerId, timeS }: CustomerEvent): CustomerEvent | undefined {
    const attributes = this.attributes.get(customerId);
    if (attributes === undefined || this.returned.has(customerId)) return undefined;
    this.returned.add(customerId);
    const nothing = { amountMinor: 0, items: 0, dwellS: 0, stars: 0 };
    return { kind: 'profile', customerId, eventId: 'profile', timeS, ...nothing, attributes };
  }
}

/** Yields the events, with each customer's profile right before that customer's first event. */
export function* withProfiles<E extends CustomerEvent>(
  events: Iterable<E>,
  profiles: ProfilesAtFirstEvent,
): Generator<E | CustomerEvent> {
  for (const event of events) {
    const profile = profiles.before(event);
    if (profile) yield profile;
    yield event;
  }
}
