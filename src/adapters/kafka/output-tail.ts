import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from 'kafkajs';
import type { LogRecord } from '../../ports/log';
import type { OutputTail } from '../../ports/publisher';
import { type FetchedPartition, FetchRefusal, fetchFrom } from './fetch-request';
import { decodeBounds, readPartition, visibleEnd } from './fetch-response';
import { fetchBounds } from './log-bounds';
import type { OutputProof } from './output-proof';

/*
 * Reads the newest records of an output partition, backwards from its end. The last offset is rarely a record: each transaction ends with a
 * marker, aborted ones leave theirs behind, and compaction leaves gaps. So it reads windows of offsets until a record proves what is
 * published.
 * Each window is four times as long as the one after it. Their number is bounded, so the cost does not grow with the log.
 */

const MAX_FETCH_BYTES = 1024 * 1024;
const FIRST_WINDOW = 64;
const WINDOW_GROWTH = 4;
/** 64 + 256 + … = 21,824 offsets. */
const MAX_WINDOWS = 5;
const MAX_FETCHES = 48;
/** A record without the header proves the offset of one topic only. At most this many are read to cover the other topics. */
const MAX_PARTIAL = 1_000;
/** Retries, per window, of a fetch that returns nothing. */
const MOST_EMPTIES = 3;
const EMPTY_RETRY_MS = 20;
const STABLE_POLL_MS = 50;
/** Records that stay invisible for longer belong to another program's open transaction: our own are settled. */
const STABLE_DEADLINE_MS = 5_000;

export type ProofOf = (topic: string, record: LogRecord) => OutputProof | null;

/** The tail of both output topics of a partition. Call it only after the previous owner's transaction is settled. */
export async function readOutputTail(
  cluster: Cluster,
  topics: readonly string[],
  partition: number,
  proofOf: ProofOf,
  maxWindows = MAX_WINDOWS,
): Promise<OutputTail> {
  const tails = await Promise.all(
    topics.map((topic) => new TailReader(cluster, topic, partition, proofOf, maxWindows).read()),
  );
  return {
    emitted: tails.map(({ emitted }) => emitted).reduce(highest),
    exact: tails.every(({ exact }) => exact),
  };
}

class TailReader {
  private fetches = 0;
  private emitted: readonly number[] = [];
  private partial = 0;
  /** A part of a window could not be read. */
  private hasHole = false;

  constructor(
    private readonly cluster: Cluster,
    private readonly topic: string,
    private readonly partition: number,
    private readonly proofOf: ProofOf,
    private readonly maxWindows: number,
  ) {}

  async read(): Promise<OutputTail> {
    const { start, end } = await fetchBounds(this.cluster, this.topic, this.partition);
    if (start === end) return { emitted: [], exact: end === 0 };
    const visible = await this.visibleEnd(end);
    const isDecided = await this.searchBackwards(start, visible);
    return { emitted: this.emitted, exact: isDecided && visible >= end && this.partial === 0 && !this.hasHole };
  }

  /** True if a record decided, or if the whole log was read and no record decided. */
  private async searchBackwards(start: number, end: number): Promise<boolean> {
    let to = end;
    let length = FIRST_WINDOW;
    for (let window = 0; window < this.maxWindows && to > start; window++) {
      const from = Math.max(start, to - length);
      const records = await this.window(from, to);
      for (const record of records.reverse()) {
        if (this.takes(record)) return true;
        if (this.partial >= MAX_PARTIAL) return true;
      }
      to = from;
      length *= WINDOW_GROWTH;
    }
    return to === start && start === 0;
  }

  /** True if no older record can add anything. */
  private takes(record: LogRecord): boolean {
    const proof = this.proofOf(this.topic, record);
    if (proof === null) return false;
    this.emitted = highest(this.emitted, proof.emitted);
    if (!proof.isWhole) this.partial++;
    return proof.isWhole;
  }

  /** Committed transactional records in [from, to), in offset order. */
  private async window(from: number, to: number): Promise<LogRecord[]> {
    const records: LogRecord[] = [];
    let at = from;
    let hop = 1;
    let empties = 0;
    while (at < to) {
      if (this.fetches >= MAX_FETCHES) {
        this.hasHole = true;
        break;
      }
      const fetched = await this.fetch(at);
      // In at-least-once mode, records and emitted offsets move separately. Records outside of a transaction prove nothing.
      const filter = { takesDamaged: true, onlyTransactional: true };
      const { batch } = await readPartition(fetched, at, decodeBounds(), filter);
      if (batch === null) {
        if (empties++ < MOST_EMPTIES) {
          await delay(EMPTY_RETRY_MS);
          continue;
        }
        // Compaction may have removed everything here, or the broker returned nothing this time. The skipped offsets were not read.
        this.hasHole = true;
        at += hop;
        hop *= 2;
        continue;
      }
      this.hasHole ||= batch.records.some(({ unreadable }) => unreadable !== undefined);
      records.push(...batch.records.filter(({ offset }) => offset < to));
      at = batch.nextOffset;
    }
    return records;
  }

  /** What readers see: up to the high watermark, as soon as the transactions before it are settled. */
  private async visibleEnd(end: number): Promise<number> {
    const deadlineMs = Date.now() + STABLE_DEADLINE_MS;
    for (;;) {
      const visible = visibleEnd(await this.fetch(end - 1));
      if (visible >= end || Date.now() > deadlineMs) return Math.min(visible, end);
      this.fetches = 0;
      await delay(STABLE_POLL_MS);
    }
  }

  private async fetch(offset: number): Promise<FetchedPartition> {
    const { cluster, topic, partition } = this;
    this.fetches++;
    const [nodeId] = Object.keys(cluster.findLeaderForPartitions(topic, [partition]));
    const broker = await cluster.findBroker({ nodeId: nodeId ?? '' });
    const limits = { maxWaitMs: 0, maxBytes: MAX_FETCH_BYTES, maxBytesPerPartition: MAX_FETCH_BYTES };
    const [fetched] = await fetchFrom(broker, [{ topic, partition, offset }], limits);
    if (fetched === undefined) throw new Error(`topic ${topic} partition ${partition} was not in the fetch's answer`);
    if (fetched.errorCode !== 0) throw new FetchRefusal(fetched);
    return fetched;
  }
}

function highest(a: readonly number[], b: readonly number[]): number[] {
  return Array.from({ length: Math.max(a.length, b.length) }, (_, topic) => Math.max(a[topic] ?? 0, b[topic] ?? 0));
}
