import type { CustomerAttributes } from './attributes';

/** Customer events as the fold needs them: validated, quantised, in one currency. */

/** The input topics by role. The index is part of the state format and of every position: append, never reorder. */
export const INPUT_ROLES = ['orders', 'clicks', 'browses', 'ticks', 'reviews', 'customers'] as const;
export type InputRole = (typeof INPUT_ROLES)[number];
type NameOfEach<Roles extends readonly string[]> = { readonly [K in keyof Roles]: string };
/** A topic's name for each role, by TopicIndex. */
export type InputTopics = NameOfEach<typeof INPUT_ROLES>;
/** Index into {@link INPUT_ROLES}. */
export type TopicIndex = number;
/** The topic of the ticks, which carry time only. */
export const TICK_TOPIC: TopicIndex = 3;
/** A compacted table of customer attributes. Its records are not events, and compaction removes older ones. */
export const CUSTOMERS_TOPIC: TopicIndex = 5;
/** Topics that are keyed by customer. States are folded from them. */
export const KEYED_TOPICS: readonly TopicIndex[] = INPUT_ROLES.flatMap((_, i) => (i === TICK_TOPIC ? [] : [i]));
/** The keyed topics that keep every event. The state counts their positions, and the audit checks them. */
export const EVENT_TOPICS: readonly TopicIndex[] = KEYED_TOPICS.filter((topic) => topic !== CUSTOMERS_TOPIC);

/** The index is the kind's one-hot position and its code in the state blob: append, never reorder. */
export const STEP_KINDS = ['order', 'refund', 'cancel', 'click', 'browse', 'review'] as const;
/** `profile` makes no step. It sets the attributes of a customer from now on. */
export const EVENT_KINDS = [...STEP_KINDS, 'profile'] as const;
export type EventKind = (typeof EVENT_KINDS)[number];

/** The topic of each kind of event. */
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
  /** Any non-empty string. Ids that look like numbers stay strings, because some exceed 2^53. */
  readonly customerId: string;
  /** Unique per event. A second event with the id of one of the newest of its topic is a repeat; see REPEATS_REMEMBERED. */
  readonly eventId: string;
  /**
   * The time as of which the event counts, whole seconds since the epoch: see time-rule.ts. It is rounded once, so step, window and training
   * use the same value.
   */
  readonly timeS: number;
  /** The producer's own event time, if the event counts as of an earlier one. A repeat has the same, even if its record is later. */
  readonly statedS?: number;
  /**
   * Order: its value. Refund, cancel: the amount returned (positive). Integer minor units of the deployment's currency; 0 for other
   * kinds.
   */
  readonly amountMinor: number;
  /** Items in the order, refund or cancellation. 0 if unknown, and for other kinds. */
  readonly items: number;
  /** Seconds on the page, for a browse; else 0. */
  readonly dwellS: number;
  /** 1 to 5, for a review with stars; else 0. */
  readonly stars: number;
  /** For a profile only. Absent in a profile: the attributes are deleted. */
  readonly attributes?: CustomerAttributes;
}

/** Whether events of this kind are about money. Others do not count in labels. */
export function isMoneyKind(kind: EventKind): boolean {
  return kind === 'order' || kind === 'refund' || kind === 'cancel';
}

/** Time as a record: it re-scores the quiet customers of some shards as of an instant. */
export interface Tick {
  readonly asOfS: number;
  /** Covers the sweep shards s with s mod `shards` = `shard`. */
  readonly shard: number;
  readonly shards: number;
}

/** Position of a record in the input. Offsets are below 2^53; adapters check that. */
export interface SourcePosition {
  readonly topic: TopicIndex;
  readonly partition: number;
  readonly offset: number;
}

/** Per input topic (index = TopicIndex), an offset: the next one to fold, or the first not yet published. */
export type OffsetVector = readonly number[];

export const SECONDS_PER_DAY = 86_400;
