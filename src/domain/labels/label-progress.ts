import type { CustomerEvent } from '../event';
import { type JudgedScore, PREQUENTIAL_HORIZONS_DAYS, type StoredScore } from '../prequential/judged-score';
import type { SequenceState } from '../state/sequence-state';
import type { Origin, OriginKey } from './origins';
import type { TopicProgress } from './watermark';

export interface LabelSettings {
  /** N: the window keeps at most 2N − 1 events; see ModelSettings. */
  readonly window: number;
  /** How much later than its topic's latest event an event may come and still count, days of event time. */
  readonly latenessDays: number;
  /** Least number of customers of a topic that move its time. With 1, the newest record does. */
  readonly quorum: number;
  /** Each customer gets one forecast origin per period of this many days of event time. */
  readonly originEveryDays: number;
  /**
   * Maximum number of open origins per partition. At the maximum, the origin with the lowest priority is ended, or the new one is not
   * opened. The priority is a hash of customer and time. So the open ones are a sample of all questions of the last 365 days, uniform over
   * time and customers, whatever customers do.
   */
  readonly maxOpenOrigins: number;
  /** Matured origins per partition that are kept for training, even after they were dropped or are complete. */
  readonly reservoirSize: number;
  /** Event time in which an origin's chance to stay in the reservoir falls by a factor of e, days. */
  readonly recencyDays: number;
  /** Share of the customers who judge challengers. They are never trained on. */
  readonly gateShare: number;
  /** Number of newest judged scores that one partition keeps per horizon. 0: only gate customers are scored at all. */
  readonly judgedScores: number;
}

/** An event that was read and waits for its turn. */
export interface PendingEvent {
  readonly turnS: number;
  readonly topic: number;
  readonly offset: number;
  readonly event: CustomerEvent;
}

export interface LabelCounters {
  events: number;
  /** Orders, refunds and cancellations that arrived after their interval had closed. */
  tooLate: number;
  opened: number;
  /** Origins that were dropped or never opened because of `maxOpenOrigins`. */
  capped: number;
  completed: number;
  /** Number of judged scores, by horizon. */
  readonly judged: number[]; // [PREQUENTIAL_HORIZONS_DAYS]
}

export function emptyCounters(): LabelCounters {
  const judged = PREQUENTIAL_HORIZONS_DAYS.map(() => 0);
  return { events: 0, tooLate: 0, opened: 0, capped: 0, completed: 0, judged };
}

/** Everything that one partition's labels need to resume, besides the customers' states. */
export interface LabelProgress {
  readonly partition: number;
  readonly topics: readonly TopicProgress[]; // by TopicIndex; that of the ticks stays empty
  /** Every turn before this instant was taken, seconds. NEVER_S at the start. */
  readonly clockS: number;
  readonly counters: LabelCounters;
  readonly pending: readonly PendingEvent[];
  readonly origins: readonly Origin[];
  /** Everyone with an event. A customer with attributes alone has a state, too, but gets no origins. */
  readonly customers: readonly string[];
  readonly judgedScores: readonly JudgedScore[];
}

/** Changes since the last call. Store them atomically. */
export interface LabelChanges {
  readonly partition: number;
  readonly topics: readonly TopicProgress[];
  readonly clockS: number;
  readonly counters: LabelCounters;
  /** Encoded states by customer. */
  readonly states: ReadonlyMap<string, Uint8Array>;
  readonly pendingAdded: readonly PendingEvent[];
  readonly pendingTaken: readonly Pick<PendingEvent, 'topic' | 'offset'>[];
  readonly originsOpened: readonly Origin[];
  /** Origins whose tallies changed, including opened ones. */
  readonly originsTouched: readonly Pick<Origin, 'customerId' | 'atS' | 'tally'>[];
  readonly originsDropped: readonly OriginKey[];
  readonly scoresJudged: readonly JudgedScore[];
  readonly scoresForgotten: readonly Pick<JudgedScore, 'horizon' | 'sequence'>[];
}

/** What the labels need from storage and from the champion. */
export interface LabelSources {
  /** A customer's stored state; null if there is none. */
  load(customerId: string): Uint8Array | null;
  encode(state: SequenceState): Uint8Array;
  decode(bytes: Uint8Array): SequenceState;
  /** The champion's score of a snapshot, or null. It is judged when the label matures, and never affects a label. */
  score(snapshot: Uint8Array, atS: number): StoredScore | null;
}
