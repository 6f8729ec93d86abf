import type { CustomerEvent } from '../event';
import type { JudgedScore, StoredScore } from '../prequential/judged-score';
import type { SequenceState } from '../state/sequence-state';
import type { Origin, OriginKey } from './origins';
import type { TopicProgress } from './watermark';

export interface LabelSettings {
  /** N of the window the states are folded with; see ModelSettings. */
  readonly window: number;
  /** How much later than its topic's latest event an event may come and still be counted, days of event time. */
  readonly latenessDays: number;
  /** A customer is asked once in every period of this many days of event time. */
  readonly originEveryDays: number;
  /** Open origins of one partition; beyond it those with the least hash priority are dropped, whatever their customers do. */
  readonly maxOpenOrigins: number;
  /** Matured origins of one partition that are kept for training after they were dropped or all their intervals closed. */
  readonly reservoirSize: number;
  /** Event time over which an origin's chance to stay in the reservoir falls e-fold, days. */
  readonly recencyDays: number;
  /** Share of the customers that judge challengers and are never trained on. */
  readonly gateShare: number;
  /** Newest judged scores of one partition that are kept for each horizon; 0: only gate customers are scored at all. */
  readonly judgedScores: number;
}

/** An event that waits for its turn. */
export interface PendingEvent {
  readonly turnS: number;
  readonly topic: number;
  readonly offset: number;
  readonly event: CustomerEvent;
}

export interface LabelCounters {
  events: number;
  /** Orders, refunds and cancellations that came after their interval had closed. */
  tooLate: number;
  opened: number;
  /** Origins dropped or never opened because there were too many. */
  capped: number;
  completed: number;
  /** Scores judged, by horizon. */
  readonly judged: number[]; // [PREQUENTIAL_HORIZONS_DAYS]
}

/** Everything a partition's labels need to go on, beside the customers' states. */
export interface LabelProgress {
  readonly partition: number;
  readonly topics: readonly TopicProgress[]; // by TopicIndex; that of the ticks stays empty
  /** Every turn before this instant has been taken, seconds; NEVER_S at the start. */
  readonly clockS: number;
  readonly counters: LabelCounters;
  readonly pending: readonly PendingEvent[];
  readonly origins: readonly Origin[];
  readonly customers: readonly string[];
  readonly judgedScores: readonly JudgedScore[];
}

/** What changed since the last call: to be stored in one piece. */
export interface LabelChanges {
  readonly partition: number;
  readonly topics: readonly TopicProgress[];
  readonly clockS: number;
  readonly counters: LabelCounters;
  /** Encoded states by customer. */
  readonly states: ReadonlyMap<string, Uint8Array>;
  readonly pendingAdded: readonly PendingEvent[];
  readonly pendingTaken: readonly PendingEvent[];
  readonly originsOpened: readonly Origin[];
  /** Their tallies changed; includes the opened ones. */
  readonly originsTouched: readonly Origin[];
  readonly originsDropped: readonly OriginKey[];
  readonly scoresJudged: readonly JudgedScore[];
  readonly scoresForgotten: readonly Pick<JudgedScore, 'horizon' | 'sequence'>[];
}

/** What the labels ask of the world. */
export interface LabelSources {
  /** The stored state of a customer; null for one never stored. */
  load(customerId: string): Uint8Array | null;
  encode(state: SequenceState): Uint8Array;
  decode(bytes: Uint8Array): SequenceState;
  /** The champion's score of a snapshot, to be judged when the label matures; null for none. Decides no label. */
  score(snapshot: Uint8Array, atS: number): StoredScore | null;
}
