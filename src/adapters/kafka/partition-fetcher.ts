import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from 'kafkajs';
import type { LogBatch } from '../../ports/log';
import type { HeldLog } from '../../ports/partition-source';
import type { EpochAnswer } from './epoch-request';
import { type FetchedPartition, FetchRefusal, fetchFrom, OFFSET_OUT_OF_RANGE } from './fetch-request';
import { type DecodeBounds, decodeBounds, readPartition } from './fetch-response';
import { emptyBatch, type FetchEntry, FetchTable, wantedOf } from './fetch-table';
import type { LeaderEpochs } from './leader-epochs';
import { fetchBounds, noteCuts } from './log-bounds';
import { WakeUp } from './wake-up';

/**
 * Fetches chosen partitions from chosen offsets, read-committed. It uses kafkajs' protocol but not its consumer, because the consumer:
 * - has no assign();
 * - commits a default over the group's offset if an offset is out of range;
 * - returns to cached offsets after every rebalance;
 * - hides the last stable offset, without which the end of a log with a tail of control records is unknown.
 *
 * Here a position is a number in our own table, and nothing is ever committed.
 */
export interface FetcherOptions {
  readonly topics: readonly string[];
  /** Longest wait of a fetch that finds nothing. A new position waits that long for the running fetch, too. */
  readonly maxWaitMs: number;
  readonly maxBytesPerPartition: number;
  /** Maximum decompressed bytes of one batch. */
  readonly maxDecompressedBytes?: number | undefined;
  /** Receives the leaders of the records read. If absent, a log that is cut and then grows past a position goes unnoticed. */
  readonly epochs?: LeaderEpochs | undefined;
}

export interface FetcherEvents {
  /** The next fetch from that broker waits for the promise. A rejection ends run(). */
  deliver(batch: LogBatch): void | Promise<void>;
  /**
   * The position is outside the log, or beyond the point at which a log was cut that has grown again. Called before any record from beyond
   * the gap is delivered. If absent, a position beyond the end counts as the log being unavailable.
   */
  outOfRange?(topic: string, partition: number, position: number, held: HeldLog): void;
  /** Awaited before delivering records that may belong to another log: after a new connection, and after a pause in fetching. */
  verify?(): Promise<void>;
  /** Called after every answer, so it must be cheap if nothing changed. */
  up(): void;
  /** A failed request, or a sentence. */
  down(fault: unknown): void;
}

const MAX_RESPONSE_BYTES = 16 * 1024 * 1024;
/** Decompressed bytes after which the other partitions of an answer are left to the next fetch. */
const MAX_TAKEN_BYTES = 32 * 1024 * 1024;
/** Damaged arrivals after which a batch counts as damaged in the log, not in transit. */
const DAMAGE_TRIES = 3;
const IDLE_MS = 1_000;
const FIRST_BACKOFF_MS = 100;
const LAST_BACKOFF_MS = 2_000;
const BEYOND_END_RETRY_MS = 1_000;
/** Longest time between two fetches in which a topic can't be deleted, created again and filled past a position. */
const UNBROKEN_MS = 250;

class HandlerFault extends Error {}

/** A partition and the offset requested for it. */
interface Question {
  readonly entry: FetchEntry;
  readonly from: number;
}

/** A broker fills its answer in the order of the request, so the same partition must not always be first. */
function inRandomOrder<T>(items: readonly T[]): T[] {
  const shuffled = [...items];
  for (let last = shuffled.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [shuffled[last], shuffled[other]] = [shuffled[other]!, shuffled[last]!];
  }
  return shuffled;
}

export class PartitionFetcher {
  private readonly entries = new FetchTable();
  private readonly wakeUp = new WakeUp();
  private readonly bounds: DecodeBounds;

  constructor(
    private readonly openCluster: () => Cluster,
    private readonly options: FetcherOptions,
    private readonly events: FetcherEvents,
  ) {
    this.bounds = decodeBounds(options.maxDecompressedBytes);
  }

  /** Delivers from this offset on. Drops what was fetched before: its entry is no longer in the table. */
  position(topic: string, partition: number, offset: number): void {
    this.options.epochs?.positioned(topic, partition);
    this.entries.open(topic, partition, offset);
    this.wakeUp.wake();
  }

  drop(topic: string, partition: number): void {
    this.entries.drop(topic, partition);
  }

  pause(topic: string, partition: number): void {
    const entry = this.entries.get(topic, partition);
    if (entry) entry.paused = true;
  }

  resume(topic: string, partition: number): void {
    const entry = this.entries.get(topic, partition);
    if (entry) entry.paused = false;
    this.wakeUp.wake();
  }

  /** Fetches until the signal aborts. Survives the loss of brokers. Rejects if `deliver` fails. */
  async run(signal: AbortSignal): Promise<void> {
    const onAbort = () => this.wakeUp.wake();
    signal.addEventListener('abort', onAbort);
    let backoffMs = FIRST_BACKOFF_MS;
    const answered = () => {
      backoffMs = FIRST_BACKOFF_MS;
      this.events.up();
    };
    try {
      while (!signal.aborted) {
        try {
          await this.round(signal, answered);
        } catch (error) {
          if (error instanceof HandlerFault) throw error.cause;
          if (signal.aborted) return;
          this.events.down(error);
          await delay(backoffMs, undefined, { signal }).catch(() => undefined);
          backoffMs = Math.min(2 * backoffMs, LAST_BACKOFF_MS);
        }
      }
    } finally {
      signal.removeEventListener('abort', onAbort);
    }
  }

  /** Runs one connection: a loop per broker. The first failure ends all of them. */
  private async round(signal: AbortSignal, answered: () => void): Promise<void> {
    const cluster = this.openCluster();
    const ended = new AbortController();
    // The connection may have ended because a topic was deleted.
    for (const entry of this.entries.all()) entry.answeredAtMs = 0;
    const stop = AbortSignal.any([signal, ended.signal]);
    try {
      await cluster.connect();
      await cluster.addMultipleTargetTopics([...this.options.topics]);
      answered();
      const loops = cluster.getNodeIds().map(async (nodeId) => {
        try {
          await this.fetchFrom(cluster, `${nodeId}`, stop, answered);
        } finally {
          ended.abort();
          this.wakeUp.wake();
        }
      });
      const outcomes = await Promise.allSettled(loops);
      const failed = outcomes.find((outcome) => outcome.status === 'rejected');
      if (failed) throw failed.reason;
    } finally {
      await cluster.disconnect().catch(() => undefined);
    }
  }

  private async fetchFrom(cluster: Cluster, nodeId: string, signal: AbortSignal, answered: () => void): Promise<void> {
    while (!signal.aborted) {
      await cluster.refreshMetadataIfNecessary();
      const led = this.ledBy(cluster, nodeId);
      await this.deliverHeld(led);
      const wanted = wantedOf(led, Date.now());
      if (wanted.length === 0) {
        await this.wakeUp.wait(IDLE_MS, signal);
        continue;
      }
      const requested = wanted.map((entry) => ({ entry, from: entry.next }));
      const answer = await this.fetch(cluster, nodeId, requested);
      answered();
      const { verified, refused } = await this.verified(cluster, nodeId, requested, answer);
      await this.accept(cluster, answer, verified, signal);
      if (refused !== undefined) throw new FetchRefusal(refused);
    }
  }

  /**
   * Returns the partitions whose log is still the one that was read. A leader can't change between two answers of one connection that
   * follow closely. `refused`: a partition that the broker no longer leads. It does not hold back the records of the others.
   */
  private async verified(
    cluster: Cluster,
    nodeId: string,
    requested: readonly Question[],
    answer: readonly FetchedPartition[],
  ): Promise<{ readonly verified: readonly Question[]; readonly refused?: EpochAnswer }> {
    const nowMs = Date.now();
    const isBroken = requested.some(({ entry }) => nowMs - entry.answeredAtMs > UNBROKEN_MS);
    for (const { entry } of requested) entry.answeredAtMs = nowMs;
    if (!isBroken) return { verified: requested };
    await this.events.verify?.();
    const { epochs } = this.options;
    if (epochs === undefined) return { verified: requested };
    const led = answer.filter(({ errorCode }) => errorCode === 0 || errorCode === OFFSET_OUT_OF_RANGE);
    const refused = await noteCuts(cluster, nodeId, led, epochs);
    for (const { entry } of requested) await this.reportCut(cluster, entry, epochs);
    const isWhole = ({ topic, partition }: FetchEntry) =>
      epochs.cutOf(topic, partition) === null &&
      !refused.some((one) => one.topic === topic && one.partition === partition);
    const verified = requested.filter(({ entry }) => isWhole(entry));
    return refused[0] === undefined ? { verified } : { verified, refused: refused[0] };
  }

  private async reportCut(cluster: Cluster, entry: FetchEntry, epochs: LeaderEpochs): Promise<void> {
    const { topic, partition, next } = entry;
    const cut = epochs.cutOf(topic, partition);
    if (cut === null) return;
    // Nothing was read from the cut on.
    if (next <= cut) return epochs.settle(topic, partition);
    entry.retryAtMs = Date.now() + BEYOND_END_RETRY_MS;
    const { start } = await fetchBounds(cluster, topic, partition);
    if (this.entries.isCurrent(entry))
      this.events.outOfRange?.(topic, partition, next, { start, end: cut, isCut: true });
  }

  private ledBy(cluster: Cluster, nodeId: string): FetchEntry[] {
    return [...this.entries.all()].filter(({ topic, partition }) => {
      const [leader] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
      if (leader === undefined || leader === '-1')
        throw new Error(`topic ${topic} partition ${partition} has no leader`);
      return leader === nodeId;
    });
  }

  private async fetch(
    cluster: Cluster,
    nodeId: string,
    requested: readonly Question[],
  ): Promise<readonly FetchedPartition[]> {
    const broker = await cluster.findBroker({ nodeId });
    const questions = inRandomOrder(requested).map(({ entry: { topic, partition }, from }) => ({
      topic,
      partition,
      offset: from,
    }));
    const { maxWaitMs, maxBytesPerPartition } = this.options;
    return fetchFrom(broker, questions, { maxWaitMs, maxBytes: MAX_RESPONSE_BYTES, maxBytesPerPartition });
  }

  /** Below the log's start: continues at the start, and the receiver sees the gap. Beyond its end: waits and reports it. */
  private async recoverRange(cluster: Cluster, topic: string, partition: number): Promise<void> {
    const entry = this.entries.get(topic, partition);
    if (!entry) return;
    const bounds = await fetchBounds(cluster, topic, partition);
    await this.events.verify?.();
    if (!this.entries.isCurrent(entry)) return;
    this.events.outOfRange?.(topic, partition, entry.next, bounds);
    if (entry.next < bounds.start) {
      // Delivered although empty: if all records are gone, nothing else would show the receiver the gap.
      await this.offer(entry, { topic, partition, records: [], nextOffset: bounds.start, end: bounds.end });
      return;
    }
    entry.retryAtMs = Date.now() + BEYOND_END_RETRY_MS;
    if (this.events.outOfRange) return;
    this.events.down(
      `topic ${topic} partition ${partition}: position ${entry.next} is beyond the log's end ${bounds.end}; was the topic made anew?`,
    );
  }

  /** An error of one partition does not hold back the records of the others. It is thrown after them. */
  private async accept(
    cluster: Cluster,
    answer: readonly FetchedPartition[],
    requested: readonly Question[],
    signal: AbortSignal,
  ): Promise<void> {
    let taken = 0;
    let failed: FetchedPartition | null = null;
    for (const fetched of answer) {
      const entry = this.entries.get(fetched.topic, fetched.partition);
      const question = requested.find((one) => one.entry === entry);
      // The partition got another position, or was given away, while the answer was under way.
      if (signal.aborted || !entry || question?.from !== entry.next) continue;
      if (fetched.errorCode === OFFSET_OUT_OF_RANGE) await this.recoverRange(cluster, entry.topic, entry.partition);
      else if (fetched.errorCode !== 0) failed = fetched;
      else if (taken < MAX_TAKEN_BYTES) taken += await this.take(entry, fetched, requested.length === 1, signal);
    }
    if (failed !== null) throw new FetchRefusal(failed);
  }

  /** Returns the number of bytes taken. */
  private async take(
    entry: FetchEntry,
    fetched: FetchedPartition,
    requestedAlone: boolean,
    signal: AbortSignal,
  ): Promise<number> {
    const takesDamaged = entry.damage >= DAMAGE_TRIES - 1;
    const { batch, bytes, epochs, damaged } = await readPartition(fetched, entry.next, this.bounds, { takesDamaged });
    if (signal.aborted || !this.entries.isCurrent(entry)) return bytes;
    const { topic, partition, next } = entry;
    for (const span of epochs) this.options.epochs?.note(topic, partition, span);
    if (batch === null && damaged !== null) {
      entry.damage += 1;
      const where = `topic ${topic} partition ${partition}: the batch at ${damaged.offset}`;
      this.events.down(`${where} is damaged: ${damaged.detail}`);
      return bytes;
    }
    // A broker always sends the first batch whole, whatever its size. So a partial batch must not be skipped here.
    if (batch === null && requestedAlone && fetched.records.length > 0) {
      this.events.down(
        `topic ${topic} partition ${partition}: the batch at ${next} does not come whole; compare the replicas`,
      );
      return bytes;
    }
    const deliverable = batch ?? emptyBatch(entry, fetched, requestedAlone, Date.now());
    if (deliverable === null) return bytes;
    entry.alone = false;
    if (batch !== null) entry.emptySinceMs = null;
    entry.damage = 0;
    await this.offer(entry, deliverable);
    return bytes;
  }

  private async deliverHeld(entries: readonly FetchEntry[]): Promise<void> {
    for (const entry of entries) {
      const batch = entry.held;
      if (batch === null || entry.paused || !this.entries.isCurrent(entry)) continue;
      entry.held = null;
      await this.deliver(entry, batch);
    }
  }

  private async offer(entry: FetchEntry, batch: LogBatch): Promise<void> {
    if (entry.paused) entry.held = batch;
    else await this.deliver(entry, batch);
  }

  private async deliver(entry: FetchEntry, batch: LogBatch): Promise<void> {
    entry.next = batch.nextOffset;
    entry.hasDelivered = true;
    try {
      await this.events.deliver(batch);
    } catch (cause) {
      throw new HandlerFault('the handler of a batch failed', { cause });
    }
  }
}
