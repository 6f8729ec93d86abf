import { NEVER_S } from '../state/summary';
import type { TopicPace } from './time-front';

/** How far one topic of a partition has been read. */
export interface TopicRead {
  /** The next offset to read. */
  readonly nextOffset: number;
  /** Event time that the topic has come to, seconds; NEVER_S before the first. A quorum of its customers has passed it. */
  readonly latestS: number;
}

/** What is stored of a topic. */
export interface TopicProgress extends TopicRead {
  /** Absent for a topic whose newest record moves its time, and in what earlier versions have stored. */
  readonly pace?: TopicPace | null;
}

/** The end of a topic whose end offset was not requested yet. It is never reached, so the topic does not count as idle. */
export const UNKNOWN_END = Number.POSITIVE_INFINITY;

/**
 * The event time before which every event of a partition has been read, except those later than allowed. It is the minimum over the
 * topics of the event time that they have come to, less the allowed lateness. A topic is left out only if it was read to its end, so a backlog never
 * passes for silence. If all topics were read to their ends, the maximum counts instead. NEVER_S if no time can be derived.
 */
export function watermarkS(topics: readonly TopicRead[], ends: readonly number[], latenessS: number): number {
  const active = topics.filter((topic, i) => topic.nextOffset < (ends[i] ?? UNKNOWN_END));
  const latestS =
    active.length > 0
      ? Math.min(...active.map((topic) => topic.latestS))
      : Math.max(...topics.map((topic) => topic.latestS));
  return latestS === NEVER_S ? NEVER_S : latestS - latenessS;
}

/**
 * The event time up to which a table topic lets the event topics advance. Until the table is read to its end, that is its latest record
 * less the allowed lateness; then there is no limit. So no record of the table is missed. A record with wall-clock time does not move
 * event time.
 */
export function heldAtS(table: TopicRead, end: number | undefined, latenessS: number): number {
  if (table.nextOffset >= (end ?? UNKNOWN_END)) return Number.POSITIVE_INFINITY;
  return table.latestS === NEVER_S ? NEVER_S : table.latestS - latenessS;
}

/**
 * The event time of an event's turn. It is the event's own time or, if it comes later than allowed, the oldest time that its topic still
 * admits. Only the event's own topic counts, so the order of turns does not depend on the order of reads.
 */
export function turnS(timeS: number, topic: TopicRead, latenessS: number): number {
  return topic.latestS === NEVER_S ? timeS : Math.max(timeS, topic.latestS - latenessS);
}
