import type { LoadedCustomers } from '../../src/services/scorer/customer-states';

export const NO_CUSTOMERS: LoadedCustomers = { blobs: new Map(), vanished: new Set() };

/** The answer of a store with these states, with further customers that have no state or whose state vanished. */
export function loadedFrom(
  states: Iterable<{ readonly customerId: string; readonly state: Uint8Array }>,
  others: { readonly unseen?: readonly string[]; readonly vanished?: readonly string[] } = {},
): LoadedCustomers {
  const { unseen = [], vanished = [] } = others;
  const blobs = new Map<string, Uint8Array | null>([...unseen, ...vanished].map((id) => [id, null]));
  for (const { customerId, state } of states) blobs.set(customerId, state);
  return { blobs, vanished: new Set(vanished) };
}
