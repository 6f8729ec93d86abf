import { setTimeout as delay } from 'node:timers/promises';
import { type Cluster, KafkaJSOffsetOutOfRange } from 'kafkajs';
import type { LogBatch, LogBounds } from '../../ports/log';
import { errorText } from './client';
import { type FetchedPartition, type FetchResponse, toLogBatch, visibleEnd } from './fetch-response';
import { fetchBounds } from './log-bounds';

/**
 * Fetches chosen partitions from chosen offsets, read-committed, with kafkajs' protocol but not with its consumer. The consumer has no
 * assign(); answers an offset out of range by committing a default over the group's offset; goes back to offsets it has
 * cached after every rebalance; and does not tell the last stable offset, without which nobody knows the end of a log whose tail is
 * control records. Here a position is a number in our own table, and nothing is ever committed.
 */
export interface FetcherOptions {
  readonly topics: readonly string[];
  /** Longest wait of a fetch that finds nothing; also how long a new position waits for the running fetch. */
  readonly maxWaitMs: number;
  readonly maxBytesPerPartition: number;
}

export interface FetcherEvents {
  /** The next fetch from that broker waits for the promise; a rejection ends run(). */
  deliver(batch: LogBatch): void | Promise<void>;
  /**
   * The position lies outside of what the log holds. Told before anything from beyond the gap. Where it is absent, a position beyond the end
   * counts as the log being away.
   */
  outOfRange?(topic: string, partition: number, position: number, held: LogBounds): void;
  /** Awaited before records are handed over that may be of another log: after a new connection, and after a pause in fetching. */
  verify?(): Promise<void>;
  /** Called after every answer, so cheap where nothing changed. */
  up(): void;
  down(reason: string): void;
}

interface Entry {
  readonly topic: string;
  readonly partition: number;
  next: number;
  paused: boolean;
  /** Fetched while paused; delivered first after the resume. */
  held: LogBatch | null;
  /** Beyond the log's end: asked again at this time, so that it does not starve the others. */
  retryAtMs: number;
  /** Asked for nothing but this one next time, to tell an empty answer from a full response. */
  alone: boolean;
  /** When it was last answered for; a topic can be made anew between two answers. */
  answeredAtMs: number;
  /** Something was delivered since the position was set, so that the receiver knows the log's end. */
  told: boolean;
}

const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;
const READ_COMMITTED = 1;
const FIRST_BACKOFF_MS = 100;
const LAST_BACKOFF_MS = 2_000;
const BEYOND_END_RETRY_MS = 1_000;
const IDLE_MS = 1_000;
/** Fetches of a topic follow each other more closely than it can be deleted, created again and filled past a position. */
const UNBROKEN_MS = 250;

class HandlerFault extends Error {}

const keyOf = (topic: string, partition: number): string => `${topic}/${partition}`;

export class PartitionFetcher {
  readonly #entries = new Map<string, Entry>();
  readonly #sleepers = new Set<() => void>();

  constructor(
    private readonly openCluster: () => Cluster,
    private readonly options: FetcherOptions,
    private readonly events: FetcherEvents,
  ) {}

  /** Deliver from this offset on. Whatever was fetched before is dropped: the entry it belongs to is no longer in the table. */
  position(topic: string, partition: number, offset: number): void {
    const entry: Entry = {
      topic,
      partition,
      next: offset,
      paused: false,
      held: null,
      retryAtMs: 0,
      alone: false,
      told: false,
      answeredAtMs: 0,
    };
    this.#entries.set(keyOf(topic, partition), entry);
    this.#wake();
  }

  drop(topic: string, partition: number): void {
    this.#entries.delete(keyOf(topic, partition));
  }

  pause(topic: string, partition: number): void {
    const entry = this.#entries.get(keyOf(topic, partition));
    if (entry) entry.paused = true;
  }

  resume(topic: string, partition: number): void {
    const entry = this.#entries.get(keyOf(topic, partition));
    if (entry) entry.paused = false;
    this.#wake();
  }

  /** Fetches until the signal aborts; survives brokers going away. Rejects where `deliver` fails. */
  async run(signal: AbortSignal): Promise<void> {
    const onAbort = () => this.#wake();
    signal.addEventListener('abort', onAbort);
    let backoffMs = FIRST_BACKOFF_MS;
    const answered = () => {
      backoffMs = FIRST_BACKOFF_MS;
      this.events.up();
    };
    try {
      while (!signal.aborted) {
        try {
          await this.#round(signal, answered);
        } catch (error) {
          if (error instanceof HandlerFault) throw error.cause;
          if (signal.aborted) return;
          this.events.down(errorText(error));
          await delay(backoffMs, undefined, { signal }).catch(() => undefined);
          backoffMs = Math.min(2 * backoffMs, LAST_BACKOFF_MS);
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** One connection's life: a loop per broker, all ended by the first that fails. */
  async #round(signal: AbortSignal, answered: () => void): Promise<void> {
    const cluster = this.openCluster();
    const ended = new AbortController();
    // Whatever ended the connection before may have been a topic's deletion.
    for (const entry of this.#entries.values()) entry.answeredAtMs = 0;
    const stop = AbortSignal.any([signal, ended.signal]);
    try {
      await cluster.connect();
      await cluster.addMultipleTargetTopics([...this.options.topics]);
      answered();
      const loops = cluster.getNodeIds().map(async (nodeId) => {
        try {
          await this.#fetchFrom(cluster, `${nodeId}`, stop, answered);
        } finally {
          ended.abort();
          this.#wake();
        }
      });
      const outcomes = await Promise.allSettled(loops);
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed) throw failed.reason;
    } finally {
      await cluster.disconnect().catch(() => undefined);
    }
  }

  async #fetchFrom(cluster: Cluster, nodeId: string, signal: AbortSignal, answered: () => void): Promise<void> {
    while (!signal.aborted) {
      await cluster.refreshMetadataIfNecessary();
      const led = this.#ledBy(cluster, nodeId);
      await this.#deliverHeld(led);
      const wanted = this.#wantedOf(led);
      if (wanted.length === 0) {
        await this.#idle(signal);
        continue;
      }
      const asked = wanted.map((entry) => ({ entry, from: entry.next }));
      const response = await this.#fetch(cluster, nodeId, asked);
      if (response !== null) {
        answered();
        await this.#verify(asked);
        await this.#accept(response, asked, signal);
      }
    }
  }

  async #verify(asked: readonly { entry: Entry }[]): Promise<void> {
    const nowMs = Date.now();
    const isBroken = asked.some(({ entry }) => nowMs - entry.answeredAtMs > UNBROKEN_MS);
    for (const { entry } of asked) entry.answeredAtMs = nowMs;
    if (isBroken) await this.events.verify?.();
  }

  #ledBy(cluster: Cluster, nodeId: string): Entry[] {
    return [...this.#entries.values()].filter(({ topic, partition }) => {
      const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
      if (leader === undefined || leader === '-1')
        throw new Error(`topic ${topic} partition ${partition} has no leader`);
      return leader === nodeId;
    });
  }

  #wantedOf(led: readonly Entry[]): Entry[] {
    const nowMs = Date.now();
    const ready = led.filter((entry) => !entry.paused && entry.held === null && entry.retryAtMs <= nowMs);
    const alone = ready.find((entry) => entry.alone);
    return alone ? [alone] : ready;
  }

  async #fetch(
    cluster: Cluster,
    nodeId: string,
    asked: readonly { entry: Entry; from: number }[],
  ): Promise<FetchResponse | null> {
    const broker = await cluster.findBroker({ nodeId });
    try {
      return await broker.fetch({
        isolationLevel: READ_COMMITTED,
        maxWaitTime: this.options.maxWaitMs,
        minBytes: 1,
        maxBytes: MAX_RESPONSE_BYTES,
        topics: asked.map(({ entry, from }) => ({
          topic: entry.topic,
          partitions: [
            { partition: entry.partition, fetchOffset: `${from}`, maxBytes: this.options.maxBytesPerPartition },
          ],
        })),
      });
    } catch (error) {
      if (!(error instanceof KafkaJSOffsetOutOfRange)) throw error;
      await this.#recoverRange(cluster, error.topic, error.partition);
      return null;
    }
  }

  /** Below the log's start: go on from the start (the receiver sees the gap). Beyond its end: wait, and say so. */
  async #recoverRange(cluster: Cluster, topic: string, partition: number): Promise<void> {
    const entry = this.#entries.get(keyOf(topic, partition));
    if (!entry) return;
    const bounds = await fetchBounds(cluster, topic, partition);
    await this.events.verify?.();
    if (this.#entries.get(keyOf(topic, partition)) !== entry) return;
    this.events.outOfRange?.(topic, partition, entry.next, bounds);
    if (entry.next < bounds.start) {
      // Delivered although empty: where all records are gone, nothing else would ever tell the receiver.
      await this.#offer(entry, { topic, partition, records: [], nextOffset: bounds.start, end: bounds.end });
      return;
    }
    entry.retryAtMs = Date.now() + BEYOND_END_RETRY_MS;
    if (this.events.outOfRange) return;
    this.events.down(
      `topic ${topic} partition ${partition}: position ${entry.next} is beyond the log's end ${bounds.end}; was the topic made anew?`,
    );
  }

  async #accept(
    response: FetchResponse,
    asked: readonly { entry: Entry; from: number }[],
    signal: AbortSignal,
  ): Promise<void> {
    for (const { topicName, partitions } of response.responses) {
      for (const fetched of partitions) {
        const entry = this.#entries.get(keyOf(topicName, fetched.partition));
        const question = asked.find((one) => one.entry === entry);
        // Positioned elsewhere, or given away, while the answer was under way.
        if (signal.aborted || !entry || question?.from !== entry.next) continue;
        const batch =
          toLogBatch(topicName, fetched, entry.next) ?? this.#emptyBatch(entry, fetched, asked.length === 1);
        if (batch === null) continue;
        entry.alone = false;
        await this.#offer(entry, batch);
      }
    }
  }

  /**
   * No batch although the log goes on: either the response was full, or compaction left a batch without records, which kafkajs
   * drops with its header. The partition is asked alone to tell the two apart; in the second case the only way on is one offset at a time.
   */
  #emptyBatch(entry: Entry, fetched: FetchedPartition, askedAlone: boolean): LogBatch | null {
    const end = visibleEnd(fetched);
    const { topic, partition } = entry;
    if (entry.next >= end) {
      // Once, though empty: who merges topics by time would else wait for one that has nothing to say.
      return entry.told ? null : { topic, partition, records: [], nextOffset: entry.next, end };
    }
    if (!askedAlone) {
      entry.alone = true;
      return null;
    }
    return { topic, partition, records: [], nextOffset: entry.next + 1, end };
  }

  async #deliverHeld(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      const batch = entry.held;
      if (batch === null || entry.paused || this.#entries.get(keyOf(entry.topic, entry.partition)) !== entry) continue;
      entry.held = null;
      await this.#deliver(entry, batch);
    }
  }

  async #offer(entry: Entry, batch: LogBatch): Promise<void> {
    if (entry.paused) entry.held = batch;
    else await this.#deliver(entry, batch);
  }

  async #deliver(entry: Entry, batch: LogBatch): Promise<void> {
    entry.next = batch.nextOffset;
    entry.told = true;
    try {
      await this.events.deliver(batch);
    } catch (cause) {
      throw new HandlerFault('the handler of a batch failed', { cause });
    }
  }

  #wake(): void {
    for (const wake of this.#sleepers) wake();
  }

  /** Until something may have changed. The timer covers partitions that wait for their own time. */
  #idle(signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#sleepers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, IDLE_MS);
      this.#sleepers.add(wake);
    });
  }
}
