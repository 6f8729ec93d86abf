import type { CustomerAttributes } from '../domain/attributes';
import type { InputRole } from '../domain/event';
import type { Explanation } from '../domain/explanation/explanation';
import type { PrequentialReport } from '../domain/prequential/report';
import type { ClvUpdate, LifecycleStage, UpdateTrigger, ValueTier } from '../domain/update';
import type { CustomerList, RankedCustomer } from './customer-list';
import type { TierRelease } from './tier-releases';

/** One point of a customer's history: the value and the cause of its change. Money in major units. */
export interface HistoryPoint {
  /** Event time, seconds since the epoch. */
  readonly asOfS: number;
  readonly value: number;
  readonly previous: number;
  readonly model: number;
  readonly silence: number;
  readonly event: number;
  readonly trigger: UpdateTrigger;
  /** Topic of the record that caused it. */
  readonly source: InputRole;
  readonly orders: number;
  readonly modelVersion: string;
}

export interface CustomerHistory {
  /** Oldest first. Bounded, and empty for a customer without recent activity. */
  readonly points: readonly HistoryPoint[];
  /** True if older points were dropped. */
  readonly truncated: boolean;
}

/** value: highest 365-day CLV first. fall: largest loss of value within the kept history first. */
export const CUSTOMER_ORDERS = ['value', 'fall'] as const;
export type CustomerOrder = (typeof CUSTOMER_ORDERS)[number];
/** Maximum number of ranked customers. */
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
  /** What is recorded about the model, such as the gate's figures; null if the announcement was not read. */
  readonly note: string | null;
  /** How it came into force (see RELEASE_ACTIONS), who did it and why; null if the announcement was not read or does not say. */
  readonly action: string | null;
  readonly by: string | null;
  readonly reason: string | null;
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
  /** Number of input records not folded yet; null if this process does not have it. */
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
  /** True after the view has reached the end of the log once. */
  readonly caughtUp: boolean;
}

/** Queries about customers, answered from the published updates. HTTP and re-scoring are elsewhere. */
export interface CustomerQueries extends CustomerList {
  customer(customerId: string): ClvUpdate | null;
  history(customerId: string): CustomerHistory;
  ranked(order: CustomerOrder, limit: number): readonly RankedCustomer[];
  segments(): readonly Segment[];
  /** The newest released cuts of the value tiers; null before the first release. */
  tiers(): TierRelease | null;
  models(): readonly ModelSeen[];
  /** The trainer's latest prequential report; null before the first. */
  prequential(): PrequentialReport | null;
  status(): FlowStatus;
}

/** Scores the latest state as of a time, with the virtual step. Null if the customer has no state. */
export type RescoreCustomer = (customerId: string, asOfS: number) => Promise<RescoredCustomer | null>;

/** An update with the customer's attributes from the state. */
export type RescoredCustomer = ClvUpdate & { readonly attributes: CustomerAttributes | null };

/** Explains the contributions to a customer's value as of a time. Null if the customer has no state. */
export type ExplainCustomer = (customerId: string, asOfS: number) => Promise<Explanation | null>;
