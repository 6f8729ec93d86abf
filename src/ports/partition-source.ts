import type { OffsetVector, TopicIndex } from '../domain/event';
import type { LogBounds, LogRecord } from './log';
import type { LogFacts } from './log-watch';

/** The bounds of a log that is read. */
export interface HeldLog extends LogBounds {
  /** True if the log was truncated at `end`. It may have grown again since. */
  readonly isCut?: boolean;
}

export interface SourceHandlers {
  /** This process owns partition p of every input topic from now on. Records come only after `position`. */
  assigned(partition: number): void;
  /** Finish and release p. The source waits for the promise as long as the group's protocol allows. */
  revoked(partition: number): Promise<void>;
  /**
   * Records of one input topic of p, in offset order. Returns at once. The receiver bounds its queue with pause and resume.
   * `end` is the log's end at fetch time (lag = end − next offset). `nextOffset` is the next offset to fetch.
   */
  records(partition: number, topic: TopicIndex, records: readonly LogRecord[], nextOffset: number, end: number): void;
  /** Ownership of p was confirmed by the group (a heartbeat or a join): a fenced owner may try again. */
  confirmed(partition: number): void;
  /**
   * The log does not hold the read position of a topic of p. It is below the first offset after retention, or beyond the end of a log
   * that was truncated or created again. Called before any record from beyond the gap is delivered.
   */
  outOfRange(partition: number, topic: TopicIndex, position: number, held: HeldLog): void;
  /** Facts about the input topics, every few seconds, and before records are delivered that may come from a recreated topic. */
  looked(facts: LogFacts): void;
  /** Text about another deployment in the same group (CLV_APP); null if there is none. */
  shared(other: string | null): void;
  /** The log is away (false) or back (true). */
  connected(up: boolean, reason: string): void;
}

/**
 * Membership of a consumer group over co-partitioned input topics: the unit of ownership is the partition number over all topics.
 * The caller sets the positions. The publisher's transaction commits the offsets.
 */
export interface PartitionSource {
  /** Joins the group. Resolves when joined. If the log is unreachable, it tries again in the background. */
  start(handlers: SourceHandlers): Promise<void>;
  /** Delivers p from these offsets on, one per input topic. Records fetched before are dropped. Also resumes p. */
  position(partition: number, offsets: OffsetVector): Promise<void>;
  /** Pause and resume one input topic of p. The other topics continue, so that a merge by event time never starves. */
  pause(partition: number, topic: TopicIndex): void;
  resume(partition: number, topic: TopicIndex): void;
  /**
   * The caller was fenced in p and waits for `confirmed`: only what the source learns from now on may confirm it. Absent if the source has no
   * second witness beside the group.
   */
  unsure?(partition: number): void;
  /** Leaves the group after `revoked` has been awaited for each owned partition. */
  stop(): Promise<void>;
}
