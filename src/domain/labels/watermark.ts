import { NEVER_S } from '../state/summary';

/** How far one topic of a partition has been read. */
export interface TopicProgress {
  /** The next offset to read. */
  nextOffset: number;
  /** Latest event time read, seconds; NEVER_S before the first event. */
  latestS: number;
}

/** The end of a topic nobody has asked about: never reached, so the topic isn't idle. */
export const UNKNOWN_END = Number.POSITIVE_INFINITY;

/**
 * The instant before which every event of a partition has been read, but for those later than allowed: the minimum over the topics of
 * the latest event time, less the allowed lateness. A topic is left out only when it has been read to its end, so a backlog never
 * reads as silence; with all of them read to their ends, the latest event of any counts. NEVER_S where nothing can be said.
 */
export function watermarkS(topics: readonly TopicProgress[], ends: readonly number[], latenessS: number): number {
  const active = topics.filter((topic, i) => topic.nextOffset < (ends[i] ?? UNKNOWN_END));
  const latestS =
    active.length > 0
      ? Math.min(...active.map((topic) => topic.latestS))
      : Math.max(...topics.map((topic) => topic.latestS));
  return latestS === NEVER_S ? NEVER_S : latestS - latenessS;
}

/**
 * How far a topic that tells no time of its own lets the others go: to its latest record, less the allowed lateness, until it has been
 * read to its end; then as far as they like. So a table's record is never missed by those who go on, and one from the wall clock moves
 * no time.
 */
export function heldAtS(table: TopicProgress, end: number | undefined, latenessS: number): number {
  if (table.nextOffset >= (end ?? UNKNOWN_END)) return Number.POSITIVE_INFINITY;
  return table.latestS === NEVER_S ? NEVER_S : table.latestS - latenessS;
}

/**
 * When an event takes its turn: at its event time, or, where it comes later than allowed, at the oldest instant its topic still
 * admits. Decided by the event's own topic, so that the order of turns is the log's and not that of the reads.
 */
export function turnS(timeS: number, topic: TopicProgress, latenessS: number): number {
  return topic.latestS === NEVER_S ? timeS : Math.max(timeS, topic.latestS - latenessS);
}
