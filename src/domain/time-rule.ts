/*
 * The rule of time, see docs/time.md. An event has an event time, its record has a record timestamp, and whoever reads it has a local clock.
 * An event may be dated after its record by a tolerance (CLV_MAX_FUTURE_SECONDS), and a record after the local clock by the same, or an hour.
 */

/** 1990-01-01T00:00:00Z. An earlier event time is a fault of the clock or of the unit (seconds for milliseconds). */
export const EARLIEST_EVENT_MS = 631_152_000_000;
/** 2100-01-01T00:00:00Z. A later event time is a fault of the clock or of the unit, whatever the log's timestamp is. */
export const LATEST_EVENT_MS = 4_102_444_800_000;

/** The times of one event, ms since the epoch. A row of a file has no record: the local clock takes the place of its timestamp. */
export interface EventTimes {
  readonly eventMs: number;
  readonly recordMs: number;
}

/**
 * The time as of which an accepted event counts, ms: its own, but never later than its record. So one clock that is fast moves nobody's
 * time.
 */
export function effectiveMs({ eventMs, recordMs }: EventTimes): number {
  return Math.max(EARLIEST_EVENT_MS, Math.min(eventMs, recordMs));
}

/**
 * One sentence with the fault and the fix; undefined if the event is accepted. `subject` begins the sentence: "Order 17", "The tick".
 * The audit compares the sentence with stored letters, so a new wording would contradict old ones.
 */
export function eventTimeFault(
  { eventMs, recordMs }: EventTimes,
  maxFutureMs: number,
  subject: string,
  received = 'the log received it',
): string | undefined {
  // Made for a fault only: most events have none.
  const dated = () => `${subject} is dated ${instant(eventMs)}`;
  if (eventMs < EARLIEST_EVENT_MS) return `${dated()}, before 1990: send milliseconds, not seconds.`;
  if (eventMs > LATEST_EVENT_MS) {
    return `${dated()}, after ${instant(LATEST_EVENT_MS)}: send milliseconds since 1970.`;
  }
  if (eventMs <= recordMs + maxFutureMs) return undefined;
  return `${dated()}, more than ${maxFutureMs / 1000} s after ${received}: set the producer's clock.`;
}

/** Clocks of producers, brokers and scorers differ. A strict tolerance for event times must not refuse records for that. */
const LEAST_AHEAD_MS = 3_600_000;

/** How far a record's timestamp may be ahead of a clock that reads it, ms. */
export function maxAheadMs(maxFutureMs: number): number {
  return Math.max(maxFutureMs, LEAST_AHEAD_MS);
}

/** True if a record is dated so far after the local clock that its timestamp can't be right. */
export function isAheadOfClock(recordMs: number, nowMs: number, maxFutureMs: number): boolean {
  return recordMs > nowMs + maxAheadMs(maxFutureMs);
}

/** The detail of a letter `timestamp-ahead`. It names no local clock, so that it depends on the record alone. */
export function aheadDetail(recordMs: number): string {
  return `The record's timestamp is ${instant(recordMs)}, which was in the future when it was read: set the producer's clock.`;
}

/** ISO text, or the number itself if a Date can't hold it. */
export function instant(ms: number): string {
  return Math.abs(ms) <= 8.64e15 ? new Date(ms).toISOString() : `${ms} ms`;
}
