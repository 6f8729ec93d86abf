import type { CustomerAttributes } from './attributes';

/** What customers do, as the fold sees it: validated, quantised, one currency. */

/** The input topics by role. The index is part of the state format and of every position: append, never reorder. */
export const INPUT_ROLES = ['orders', 'clicks', 'browses', 'ticks', 'reviews', 'customers'] as const;
export type InputRole = (typeof INPUT_ROLES)[number];
type NameOfEach<Roles extends readonly string[]> = { readonly [K in keyof Roles]: string };
/** A topic's name for each role, by TopicIndex. */
export type InputTopics = NameOfEach<typeof INPUT_ROLES>;
/** Index into {@link INPUT_ROLES}. */
export type TopicIndex = number;
/** The ticks topic carries time only. */
export const TICK_TOPIC: TopicIndex = 3;
/** A compacted table of what is known of each customer: its records are no events, and older ones go. */
export const CUSTOMERS_TOPIC: TopicIndex = 5;
/** Topics that are keyed by customer: what a state is folded from. */
export const KEYED_TOPICS: readonly TopicIndex[] = INPUT_ROLES.flatMap((_, i) => (i === TICK_TOPIC ? [] : [i]));
/** Those of them that keep every event: their positions are counted in the state, and audited. */
export const EVENT_TOPICS: readonly TopicIndex[] = KEYED_TOPICS.filter((topic) => topic !== CUSTOMERS_TOPIC);

/** The index is the kind's one-hot position and its code in the state blob: append, never reorder. */
export const STEP_KINDS = ['order', 'refund', 'cancel', 'click', 'browse', 'review'] as const;
/** `profile` makes no step: it says what is known of a customer from now on. */
export const EVENT_KINDS = [...STEP_KINDS, 'profile'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** Where each kind of event travels. */
export const TOPIC_OF_KIND: Readonly<Record<EventKind, TopicIndex>> = {
  order: 0,
  refund: 0,
  cancel: 0,
  click: 1,
  browse: 2,
  review: 4,
  profile: CUSTOMERS_TOPIC,
};

export interface CustomerEvent {
  readonly kind: EventKind;
  /** Any non-empty string; ids that look like numbers stay strings (some pass 2^53). */
  readonly customerId: string;
  /** Unique per upstream fact; a second one inside the kept window is a repeat. */
  readonly eventId: string;
  /** Event time, whole seconds since the epoch: quantised once, so that step, window and training see one value. */
  readonly timeS: number;
  /** Order: its value. Refund, cancel: what is given back (positive). Integer minor units of the deployment's currency; 0 for the other kinds. */
  readonly amountMinor: number;
  /** Items in the order; 0 where unknown or not an order. */
  readonly items: number;
  /** Seconds on the page, browse only; else 0. */
  readonly dwellS: number;
  /** 1 to 5, review only; 0 where the review has none, else 0. */
  readonly stars: number;
  /** Profile only; absent there: what was known is deleted. */
  readonly attributes?: CustomerAttributes;
}

/** Whether events of this kind are about money: the others count in no label. */
export function isMoneyKind(kind: EventKind): boolean {
  return kind === 'order' || kind === 'refund' || kind === 'cancel';
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
