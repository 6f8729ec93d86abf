import type { DeadLetterReason } from '../domain/dead-letter';
import type { PrequentialReport } from '../domain/prequential/report';
import type { Cleaning } from '../domain/state/cleaning';

/** partitions: another count than the state was folded with. missing: it does not exist. recreated: it is another log under the same name. */
export type TopicFault = 'partitions' | 'missing' | 'recreated';

/** `foreign-state`: the state is there, but another deployment's. */
export type LossReason =
  | 'state-lost'
  | 'offsets-expired'
  | 'log-lost'
  | 'topic-recreated'
  | 'log-truncated'
  | 'partitions-changed'
  | 'foreign-state';

/** One micro-batch of one partition, committed. */
interface BatchCommitted {
  readonly kind: 'batch-committed';
  readonly partition: number;
  /** Input records by kind of event ('order', 'click', …, 'tick'). */
  readonly events: ReadonlyMap<string, number>;
  readonly updates: number;
  readonly deadLetters: ReadonlyMap<DeadLetterReason, number>;
  /** Input records in a partition that their key does not hash to, by topic name. */
  readonly misplaced: ReadonlyMap<string, number>;
  /** Fold, score and commit, seconds. */
  readonly seconds: number;
  /** Events that came too late, before the window start: in the summary only. */
  readonly tooLate: number;
  /** Clicks and browses counted without a step (the burst limit). */
  readonly coalesced: number;
  /** Events that caused a replay of the window. */
  readonly replayed: number;
  /** Customers that a tick could not re-score because of an exception. */
  readonly sweepFailures: number;
  /** Inputs cleaned before they became features, by kind of cleaning. */
  readonly cleaned: ReadonlyMap<Cleaning, number>;
  /** Log timestamp of a sampled record → its commit, seconds. */
  readonly endToEndSeconds: readonly number[];
}

/**
 * The group's offsets of a partition contradict the published records and are ignored. stale: lower than the published offsets in the
 * store or the output topics. moved: set beyond them by another program or a person. unshown: set by a transaction whose records are
 * not in the output topics.
 */
interface OffsetsOverruled {
  readonly kind: 'offsets-overruled';
  readonly partition: number;
  readonly reason: 'stale' | 'moved' | 'unshown';
}

/** One round of the trainer. */
interface TrainingRound {
  readonly kind: 'trained';
  readonly loss: number;
  readonly examples: number;
  readonly seconds: number;
  readonly scope: string;
}

/** The gate's verdict on a challenger. */
interface GateDecided {
  readonly kind: 'gate';
  readonly promoted: boolean;
  readonly reason: string;
  readonly championLoss: number;
  readonly challengerLoss: number;
  readonly origins: number;
}

/** Origins with open intervals, and intervals closed so far. */
interface LabelsCounted {
  readonly kind: 'labels';
  readonly openOrigins: number;
  readonly closedIntervals: number;
  readonly reservoir: number;
  /** Times that an order, refund or cancellation came after the label interval that it belongs to had closed. */
  readonly tooLate: number;
  readonly watermarkS: number;
  /** Event time by which the newest record is ahead of what a quorum has passed, seconds; 0 if time has not jumped. */
  readonly heldS: number;
}

/**
 * What became of a record that a trainer met and whose timestamp was in the future. refused: a scorer's dead letter says so. accepted: the
 * trainer's clock refused it, and the scorer took it. unconfirmed: the trainer's clock refused it, and no scorer has decided.
 */
export type TimeDecision = 'refused' | 'accepted' | 'unconfirmed';

/** The value tiers, once for each look at their shares. */
interface TiersSeen {
  readonly kind: 'tiers';
  /** null before the first release. */
  readonly inForce: {
    /** Between the tiers, major units. */
    readonly cuts: readonly number[];
    /** Share of the customers in each tier by their newest scores and these cuts, lowest first. */
    readonly shares: readonly number[];
    /** ms since the epoch. */
    readonly releasedAtMs: number;
  } | null;
  /** The shares are off, and no new cuts could be released. */
  readonly off: boolean;
}

/** One of several trainers that share the label work. */
interface SharedTraining {
  readonly kind: 'shared-training';
  /** True while it works on the days and publishes models. */
  readonly isLearner: boolean;
  /** End of the day that its partitions work up to, seconds; null before the first. */
  readonly limitS: number | null;
  /** Partitions for which the learner waits; 0 in a trainer that is not the learner. */
  readonly missing: number;
}

/** Calibration of log-spend sigma, by order segment. `released`: the factors changed. */
interface SigmaCalibrated {
  readonly kind: 'calibrated';
  readonly released: boolean;
  readonly segments: readonly {
    readonly segment: string;
    readonly labels: number;
    /** Share of the labels in the central 80 %; NaN without labels. */
    readonly coverage: number;
    readonly factor: number;
  }[];
}

/** A fact that a service reports. A new one needs a line here and a handler in observability/fact-metrics.ts. A log handler is optional. */
export type Fact =
  | BatchCommitted
  /** Records published by a transaction. */
  | { readonly kind: 'published'; readonly partition: number; readonly records: number; readonly seconds: number }
  /** Records between the next offset to fold and the log's end, over the input topics of the partition. */
  | { readonly kind: 'lag'; readonly partition: number; readonly records: number }
  | { readonly kind: 'partition-assigned'; readonly partition: number }
  | { readonly kind: 'partition-revoked'; readonly partition: number }
  | { readonly kind: 'fenced'; readonly partition: number; readonly by: 'store' | 'log' }
  /**
   * The lease table moved partitions without the group. taken: from a silent scorer. yielded: a peer took it, because this scorer was silent.
   * handed-back: to the scorer that the group assigned it to.
   */
  | {
      readonly kind: 'lease-moved';
      readonly how: 'taken' | 'yielded' | 'handed-back';
      readonly partitions: readonly number[];
    }
  /** Customers of an owned partition that are set aside, because their state is damaged or gone. */
  | { readonly kind: 'customers-set-aside'; readonly partition: number; readonly customers: number }
  /** Seconds for which a step of an owned partition has failed repeatedly, or it has been halted; 0 while it makes progress. */
  | { readonly kind: 'standing'; readonly partition: number; readonly seconds: number }
  /** State, offsets or records are gone. A setting decides whether the partition stands still. `records`: lost before they were folded. */
  | { readonly kind: 'loss-found'; readonly partition: number; readonly reason: LossReason; readonly records: number }
  | OffsetsOverruled
  /** An input topic has a fault (true), or has it no longer (false). */
  | { readonly kind: 'topic-fault'; readonly topic: string; readonly fault: TopicFault; readonly present: boolean }
  /** A dependency went away or came back; `name` is 'kafka', 'redis', 'embedded'. */
  | { readonly kind: 'dependency'; readonly name: string; readonly up: boolean; readonly reason: string }
  | { readonly kind: 'model-swapped'; readonly version: string; readonly announcedAtMs: number }
  | { readonly kind: 'model-refused'; readonly version: string; readonly reason: string }
  | TrainingRound
  | GateDecided
  | LabelsCounted
  | TiersSeen
  | {
      readonly kind: 'time-decided';
      readonly decision: TimeDecision;
      readonly partition: number;
      readonly records: number;
    }
  | SharedTraining
  | SigmaCalibrated
  /** The figures of the judged scores. */
  | { readonly kind: 'prequential'; readonly report: PrequentialReport };

export type FactKind = Fact['kind'];
export type FactOf<Kind extends FactKind> = Extract<Fact, { readonly kind: Kind }>;

/** Receives the reports of services, for metrics and logs. Calls return at once and never throw. */
export interface Observer {
  observe(fact: Fact): void;
  /** Logs a line for a person, with the next step. */
  notice(level: 'info' | 'warn' | 'error', message: string, detail?: Readonly<Record<string, unknown>>): void;
}
