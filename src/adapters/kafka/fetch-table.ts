import type { LogBatch } from '../../ports/log';
import type { FetchedPartition } from './fetch-request';
import { visibleEnd } from './fetch-response';

/** A partition that is fetched, and how far. */
export interface FetchEntry {
  readonly topic: string;
  readonly partition: number;
  next: number;
  paused: boolean;
  /** Fetched while paused. Delivered first after the resume. */
  held: LogBatch | null;
  /** The position is beyond the log's end. Not requested again before this time, so that it does not starve the others. */
  retryAtMs: number;
  /** The next request contains only this partition, to distinguish an empty answer from a full response. */
  alone: boolean;
  /** Since when the answers are empty although the log goes on. null if they are not. */
  emptySinceMs: number | null;
  /** Time of its last answer. A topic can be deleted and created again between two answers. */
  answeredAtMs: number;
  /** How often the batch at `next` arrived damaged. */
  damage: number;
  /** Something was delivered since the position was set, so the receiver has the log's end. */
  hasDelivered: boolean;
}

/** Empty answers must last this long before any offset is skipped. */
const EMPTY_FOR_MS = 3_000;
const EMPTY_RETRY_MS = 100;

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`;

/** The positions of a fetcher. A new position is a new entry: answers to the old one then find that it is no longer current. */
export class FetchTable {
  private readonly entries = new Map<string, FetchEntry>();

  open(topic: string, partition: number, next: number): void {
    this.entries.set(keyOf(topic, partition), {
      topic,
      partition,
      next,
      paused: false,
      held: null,
      retryAtMs: 0,
      alone: false,
      emptySinceMs: null,
      answeredAtMs: 0,
      damage: 0,
      hasDelivered: false,
    });
  }

  drop(topic: string, partition: number): void {
    this.entries.delete(keyOf(topic, partition));
  }

  get(topic: string, partition: number): FetchEntry | undefined {
    return this.entries.get(keyOf(topic, partition));
  }

  isCurrent(entry: FetchEntry): boolean {
    return this.get(entry.topic, entry.partition) === entry;
  }

  all(): Iterable<FetchEntry> {
    return this.entries.values();
  }
}

/** The entries to request now: those that can take records. An entry that must be requested alone goes first. */
export function wantedOf(led: readonly FetchEntry[], nowMs: number): FetchEntry[] {
  const ready = led.filter((entry) => !entry.paused && entry.held === null && entry.retryAtMs <= nowMs);
  const alone = ready.find((entry) => entry.alone);
  return alone ? [alone] : ready;
}

/**
 * What to deliver if an answer has no batch although the log goes on; null for nothing yet. Either the response was full, or the broker had
 * nothing to return this time, or nothing is left up to the log's end. A request for this partition alone rules out the first case.
 * Repeating it for EMPTY_FOR_MS rules out the second. In the third case the only way forward is one offset at a time.
 */
export function emptyBatch(
  entry: FetchEntry,
  fetched: FetchedPartition,
  requestedAlone: boolean,
  nowMs: number,
): LogBatch | null {
  const end = visibleEnd(fetched);
  const { topic, partition } = entry;
  if (entry.next >= end) {
    // Delivered once although empty: a receiver that merges topics by time would otherwise wait for this one.
    return entry.hasDelivered ? null : { topic, partition, records: [], nextOffset: entry.next, end };
  }
  if (!requestedAlone) {
    entry.alone = true;
    return null;
  }
  entry.emptySinceMs ??= nowMs;
  if (nowMs - entry.emptySinceMs < EMPTY_FOR_MS) {
    entry.alone = false;
    entry.retryAtMs = nowMs + EMPTY_RETRY_MS;
    return null;
  }
  return { topic, partition, records: [], nextOffset: entry.next + 1, end };
}
