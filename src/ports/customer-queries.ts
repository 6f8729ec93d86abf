import type { CustomerAttributes } from '../domain/attributes';
import type { InputRole } from '../domain/event';
import type { Explanation } from '../domain/explanation/explanation';
import type { PrequentialReport } from '../domain/prequential/report';
import type { ClvUpdate, LifecycleStage, UpdateTrigger, ValueTier } from '../domain/update';

/** One point of a customer's history: the value and what moved it there. Money in major units. */
export interface HistoryPoint {
  /** Event time, seconds since the epoch. */
  readonly asOfS: number;
  readonly value: number;
  readonly previous: number;
  readonly model: number;
  readonly silence: number;
  readonly event: number;
  readonly trigger: UpdateTrigger;
  /** The topic whose record made it. */
  readonly source: InputRole;
  readonly orders: number;
  readonly modelVersion: string;
}

export interface CustomerHistory {
  /** Oldest first; bounded, and empty for a customer that has not been active lately. */
  readonly points: readonly HistoryPoint[];
  /** True where older points existed and were dropped. */
  readonly truncated: boolean;
}

export interface RankedCustomer {
  readonly update: ClvUpdate;
  /** Value now less the highest value in the kept history: zero or negative. */
  readonly fall: number;
  /** The last values, oldest first, for a sparkline. */
  readonly trend: readonly number[];
}

/** value: highest 365-day CLV first. fall: largest loss of value within the kept history first. */
export const CUSTOMER_ORDERS = ['value', 'fall'] as const;
export type CustomerOrder = (typeof CUSTOMER_ORDERS)[number];
/** No more customers than this are ranked. */
export const MAX_RANKED = 500;

export interface Segment {
  readonly tier: ValueTier;
  readonly stage: LifecycleStage;
  readonly customers: number;
  /** Sum of the 365-day CLV, major units. */
  readonly value: number;
}

export interface ModelSeen {
  readonly version: string;
  /** Event time of the first and last update scored under it, seconds since the epoch; null before the first. */
  readonly firstAsOfS: number | null;
  readonly lastAsOfS: number | null;
  /** Log time of the first update scored under it (or of the announcement, before one), ms since the epoch. */
  readonly firstSeenAtMs: number;
  readonly updates: number;
  /** Why it was promoted; null where the announcement was not read. */
  readonly note: string | null;
}

export interface FlowStatus {
  readonly updates: number;
  readonly customers: number;
  /** Updates per second over the last 10 s. */
  readonly updatesPerSecond: number;
  /** Updates in each of the last 60 seconds, oldest first. */
  readonly recentUpdates: readonly number[];
  /** Update records not read by the view yet. */
  readonly viewLagRecords: number;
  /** Input records not folded yet; null where this process can't know. */
  readonly inputLagRecords: number | null;
  /** Log time of the newest update read, ms since the epoch. */
  readonly newestUpdateAtMs: number | null;
  /** Newest event time seen, seconds since the epoch. */
  readonly newestAsOfS: number | null;
  readonly modelVersion: string | null;
  /** Changes of model version seen. */
  readonly modelSwaps: number;
  readonly currency: string | null;
  /** Records of the updates topic that could not be read. */
  readonly undecodable: number;
  /** The view has once reached the end of the log. */
  readonly caughtUp: boolean;
}

/** Questions about customers, answered from the published updates. Not its business: HTTP, and scoring anew. */
export interface CustomerQueries {
  customer(customerId: string): ClvUpdate | null;
  history(customerId: string): CustomerHistory;
  ranked(order: CustomerOrder, limit: number): readonly RankedCustomer[];
  segments(): readonly Segment[];
  models(): readonly ModelSeen[];
  /** What the trainer's stored scores have come to; null before its first report. */
  prequential(): PrequentialReport | null;
  status(): FlowStatus;
}

/** The latest state scored as of an instant by the clock step; null where the customer has no state. */
export type RescoreCustomer = (customerId: string, asOfS: number) => Promise<RescoredCustomer | null>;

/** What the state says beside the update: what is known of the customer. */
export type RescoredCustomer = ClvUpdate & { readonly attributes: CustomerAttributes | null };

/** What holds a customer's value up and down, as of an instant; null where the customer has no state. */
export type ExplainCustomer = (customerId: string, asOfS: number) => Promise<Explanation | null>;
