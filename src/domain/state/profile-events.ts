import type { CustomerAttributes } from '../attributes';
import type { CustomerEvent } from '../event';

/** What a table says of customers, as events: each customer's attributes once, as known when the first event of theirs came. */
export class ProfilesAtFirstEvent {
  private readonly told = new Set<string>();

  constructor(private readonly attributes: ReadonlyMap<string, CustomerAttributes>) {}

  /** Customers of the table, and those of them whose events came. */
  get customers(): { readonly known: number; readonly met: number } {
    return { known: this.attributes.size, met: this.told.size };
  }

  /** The profile that belongs right before this event. */
  before({ customerId, timeS }: CustomerEvent): CustomerEvent | undefined {
    const attributes = this.attributes.get(customerId);
    if (attributes === undefined || this.told.has(customerId)) return undefined;
    this.told.add(customerId);
    const nothing = { amountMinor: 0, items: 0, dwellS: 0, stars: 0 };
    return { kind: 'profile', customerId, eventId: 'profile', timeS, ...nothing, attributes };
  }
}

/** Events with each customer's profile right before the first of theirs. */
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
