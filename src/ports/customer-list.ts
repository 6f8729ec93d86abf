import type { ClvUpdate, LifecycleStage, ValueTier } from '../domain/update';

export interface RankedCustomer {
  readonly update: ClvUpdate;
  /** Current value minus the highest value in the kept history: zero or negative. */
  readonly fall: number;
  /** The last values, oldest first, for a sparkline. */
  readonly trend: readonly number[];
}

/** Bounds, both included. */
export interface Range {
  readonly from?: number;
  readonly to?: number;
}

/** What customers must be. Absent: anything. Times in seconds since the epoch, money in major units. */
export interface CustomerFilter {
  readonly tiers?: readonly ValueTier[];
  readonly stages?: readonly LifecycleStage[];
  readonly clv?: Range;
  readonly churnProbability?: Range;
  /** Event time of the latest update, which moved the value. */
  readonly movedS?: Range;
  /** Time of the latest order. Customers without one do not fit. */
  readonly lastOrderS?: Range;
  readonly idPrefix?: string;
}

export const CUSTOMER_SORTS = ['clv', 'churnProbability', 'lastOrder', 'asOf', 'customerId'] as const;
export type CustomerSort = (typeof CUSTOMER_SORTS)[number];

/** A place in an order: behind this customer. It needs no memory of the page before, so it outlives restarts. */
export interface Place {
  /** By the sort; 0 for customerId. -Infinity for a customer without an order. */
  readonly key: number;
  readonly customerId: string;
}

export interface CustomerListQuery {
  readonly filter: CustomerFilter;
  readonly sort: CustomerSort;
  /** Highest first. Equal ones are by rising id, and so are all with the sort customerId. */
  readonly falling: boolean;
  /** Null: from the start. */
  readonly after: Place | null;
  /** Null: all. */
  readonly limit: number | null;
}

export interface CustomerPage {
  readonly customers: readonly RankedCustomer[];
  /** Null: there are no more. */
  readonly next: Place | null;
}

/**
 * Lists of customers. While updates flow, a customer whose key stays comes exactly once over all pages. One whose key moves across the place
 * may come twice or not at all, except with the sort customerId, whose keys never move.
 */
export interface CustomerList {
  page(query: CustomerListQuery & { readonly limit: number }): Promise<CustomerPage>;
  /** All that fit, as they are at this moment: later updates change nothing in it. */
  select(query: CustomerListQuery): Promise<Iterable<ClvUpdate>>;
}
