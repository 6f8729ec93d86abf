/** What customers do, as the fold sees it: validated, quantised, one currency. */

/** The input topics by role. The index is part of the state format and of every position: append, never reorder. */
export const INPUT_ROLES = ['orders', 'clicks', 'browses', 'ticks'] as const;
export type InputRole = (typeof INPUT_ROLES)[number];
/** Index into {@link INPUT_ROLES}. */
export type TopicIndex = number;
/** Topics that carry customers' events; the ticks topic carries time only. */
export const EVENT_TOPIC_COUNT = 3;
export const TICK_TOPIC: TopicIndex = 3;

/** The index is the kind's one-hot position and its code in the state blob: append, never reorder. */
export const EVENT_KINDS = ['order', 'refund', 'cancel', 'click', 'browse'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

export interface CustomerEvent {
  readonly kind: EventKind;
  /** Any non-empty string; ids that look like numbers stay strings (some pass 2^53). */
  readonly customerId: string;
  /** Unique per upstream fact; a second one inside the kept window is a repeat. */
  readonly eventId: string;
  /** Event time, whole seconds since the epoch: quantised once, so that step, window and training see one value. */
  readonly timeS: number;
  /** Order: its value. Refund, cancel: what is given back (positive). Integer minor units of the deployment's currency; 0 for click and browse. */
  readonly amountMinor: number;
  /** Articles in the order; 0 where unknown or not an order. */
  readonly items: number;
  /** Seconds on the page, browse only; else 0. */
  readonly dwellS: number;
}

/** Time as a record: re-score the quiet customers of some shards as of an instant. */
export interface Tick {
  readonly asOfS: number;
  /** Covers the sweep shards s with s mod `shards` = `shard`. */
  readonly shard: number;
  readonly shards: number;
}

/** Where a record stands in the input. Offsets are below 2^53 (checked at the edge). */
export interface SourcePosition {
  readonly topic: TopicIndex;
  readonly partition: number;
  readonly offset: number;
}

/** Per input topic (index = TopicIndex), an offset: the next one to fold, or the first not yet published. */
export type OffsetVector = readonly number[];

export const SECONDS_PER_DAY = 86_400;
