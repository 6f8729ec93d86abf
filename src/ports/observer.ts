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
export interface BatchFacts {
  readonly partition: number;
  /** Input records by kind of event ('order', 'click', …, 'tick'). */
  readonly events: ReadonlyMap<string, number>;
  readonly updates: number;
  readonly deadLetters: ReadonlyMap<DeadLetterReason, number>;
  /** Input records in a partition that their key does not hash to, by the topic's name. */
  readonly misplaced: ReadonlyMap<string, number>;
  /** Fold, score and commit, seconds. */
  readonly seconds: number;
  /** Events that came too late, before the window start: in the summary only. */
  readonly tooLate: number;
  /** Clicks and browses counted without a step (the burst limit). */
  readonly coalesced: number;
  /** Events that made the window be replayed. */
  readonly replayed: number;
  /** Customers that a tick could not re-score: an exception each. */
  readonly sweepFailures: number;
  /** Inputs cleaned on their way into the features, by what was done. */
  readonly cleaned: ReadonlyMap<Cleaning, number>;
  /** Log timestamp of a sampled record → its commit, seconds. */
  readonly endToEndSeconds: readonly number[];
}

/** A service tells what happened; metrics and logs stand behind it. Calls return at once and never throw. */
export interface Observer {
  batchCommitted(facts: BatchFacts): void;
  /** Records published by a transaction. */
  published(partition: number, records: number, seconds: number): void;
  /** Records between the next offset to fold and the log's end, over the input topics of p. */
  lag(partition: number, records: number): void;
  partitionAssigned(partition: number): void;
  partitionRevoked(partition: number): void;
  fenced(partition: number, by: 'store' | 'log'): void;
  /** Customers of an owned partition that are set aside, because their state is damaged or gone. */
  customersSetAside(partition: number, customers: number): void;
  /** How long an owned partition has met the same fault again and again, or has been halted, seconds; 0 while it makes progress. */
  standing(partition: number, seconds: number): void;
  /** Something that should exist is gone (a partition stands still, or goes on, by its policy). `records`: gone from the log unfolded. */
  lossFound(partition: number, reason: LossReason, records: number): void;
  /**
   * The group's offsets of a partition contradict what is published and are not followed. stale: lower than what the store or the output
   * topics show. moved: set beyond it by somebody else. unshown: of a transaction whose records are not in the output topics.
   */
  offsetsOverruled(partition: number, reason: 'stale' | 'moved' | 'unshown'): void;
  /** An input topic is not as the deployment needs it (true), or is again (false): see {@link TopicFault}. */
  topicFault(topic: string, fault: TopicFault, present: boolean): void;
  /** A dependency went away or came back; `name` is 'kafka', 'redis', 'embedded'. */
  dependency(name: string, up: boolean, reason: string): void;
  modelSwapped(version: string, announcedAtMs: number): void;
  modelRefused(version: string, reason: string): void;
  /** One round of the trainer. */
  trained(facts: {
    readonly loss: number;
    readonly examples: number;
    readonly seconds: number;
    readonly scope: string;
  }): void;
  /** The gate's verdict on a challenger. */
  gate(facts: {
    readonly promoted: boolean;
    readonly reason: string;
    readonly championLoss: number;
    readonly challengerLoss: number;
    readonly origins: number;
  }): void;
  /** Origins with open intervals, and intervals closed so far. */
  labels(facts: {
    readonly openOrigins: number;
    readonly closedIntervals: number;
    readonly reservoir: number;
    readonly watermarkS: number;
  }): void;
  /** How the spread of spend given an order stands, by order segment; `released`: with other factors than before. */
  calibrated(facts: {
    readonly released: boolean;
    readonly segments: readonly {
      readonly segment: string;
      readonly labels: number;
      /** Share of the labels in the central 80 %; NaN without labels. */
      readonly coverage: number;
      readonly factor: number;
    }[];
  }): void;
  /** What the stored scores have come to. */
  prequential(report: PrequentialReport): void;
  /** Anything a person should read: a line with what to do next. */
  notice(level: 'info' | 'warn' | 'error', message: string, detail?: Readonly<Record<string, unknown>>): void;
}
