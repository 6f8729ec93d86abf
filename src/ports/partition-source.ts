import type { OffsetVector, TopicIndex } from '../domain/event';
import type { LogBounds, LogRecord } from './log';
import type { LogFacts } from './log-watch';

/** What a log holds of what is read from it. */
export interface HeldLog extends LogBounds {
  /** It was cut at `end`, and has perhaps grown again since. */
  readonly isCut?: boolean;
}

export interface SourceHandlers {
  /** This process owns partition p of every input topic from now on. Records come only after `position`. */
  assigned(partition: number): void;
  /** Finish and let go of p; the source waits for the promise as long as the group's protocol allows. */
  revoked(partition: number): Promise<void>;
  /**
   * Records of one input topic of p, in offset order. Returns at once; the receiver bounds its queue with pause and resume.
   * `end` is the log's end at fetch time (lag = end − next offset); `nextOffset` where the fetch goes on.
   */
  records(partition: number, topic: TopicIndex, records: readonly LogRecord[], nextOffset: number, end: number): void;
  /** Ownership of p was confirmed by the group (a heartbeat or a join): a fenced owner may try again. */
  confirmed(partition: number): void;
  /**
   * The log no longer holds the position that topic of p is read from: it lies below what retention has left, or beyond the end of a log
   * that was cut or made anew. Told before any record from beyond the gap.
   */
  outOfRange(partition: number, topic: TopicIndex, position: number, held: HeldLog): void;
  /** What the log says of the input topics, every few seconds, and before records are handed over that may be of another log. */
  looked(facts: LogFacts): void;
  /** Another deployment uses the same group (CLV_APP): which, in words; null where none does. */
  shared(other: string | null): void;
  /** The log is away (false) or back (true). */
  connected(up: boolean, reason: string): void;
}

/**
 * Membership of a consumer group over co-partitioned input topics: the unit of ownership is the partition number over all topics.
 * Not its business: which offsets are folded (it seeks where it is told) and committing them (the publisher's transaction does).
 */
export interface PartitionSource {
  /** Joins the group; resolves once joined or, with the log away, keeps trying in the background. */
  start(handlers: SourceHandlers): Promise<void>;
  /** Deliver p from these offsets on, one per input topic; what was fetched before is dropped. Also resumes p. */
  position(partition: number, offsets: OffsetVector): Promise<void>;
  /** Stops and goes on delivering one input topic of p; the others go on, so that a merge by event time never starves. */
  pause(partition: number, topic: TopicIndex): void;
  resume(partition: number, topic: TopicIndex): void;
  /** Leaves the group after `revoked` has been awaited for each owned partition. */
  stop(): Promise<void>;
}
