import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from 'kafkajs';
import type { LogBatch, LogBounds, LogReader, ReadPosition } from '../../ports/log';
import { WaitedInVain } from '../../ports/patience';
import { createCluster, createKafka } from './client';
import { type KafkaAccess, kafkaAccess, kafkaFaultText } from './connection-fault';
import { fetchBounds } from './log-bounds';
import { PartitionFetcher } from './partition-fetcher';
import type { KafkaLog, KafkaSettings } from './settings';

const MAX_WAIT_MS = 100;
const MAX_BYTES_PER_PARTITION = 1024 * 1024;
const BOUNDS_ATTEMPTS = 10;
const BOUNDS_BACKOFF_MS = 200;

/**
 * Reads partitions without a consumer group: it joins nothing and commits nothing.
 * `bounds().end` is the high watermark. A broker acknowledges a commit before readers can see its records, so reading to the last stable
 * offset would miss the newest ones. So readToEnd waits for open transactions, at most for their time-out, and then sees their records or
 * skips them.
 * `end` in a batch is the last stable offset: what readers can see at that time.
 */
export class KafkaLogReader implements LogReader {
  private readonly closed = new AbortController();
  private readonly access: KafkaAccess;
  private readonly running = new Set<Promise<void>>();

  /** `givesUpAfterMs`: a reading without an answer for so long rejects with WaitedInVain. Infinity for services. */
  constructor(
    private readonly settings: KafkaSettings,
    private readonly log: KafkaLog,
    private readonly givesUpAfterMs = Number.POSITIVE_INFINITY,
  ) {
    this.access = kafkaAccess(settings);
  }

  async bounds(topic: string, partition: number): Promise<LogBounds> {
    const beganMs = performance.now();
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.boundsOnce(topic, partition);
      } catch (error) {
        if (attempt === BOUNDS_ATTEMPTS || this.closed.signal.aborted) throw error;
        if (performance.now() - beganMs >= this.givesUpAfterMs) {
          throw new WaitedInVain(this.givesUpAfterMs, kafkaFaultText(error, this.access));
        }
        this.log('warn', `bounds of ${topic}/${partition}: ${kafkaFaultText(error, this.access)}; trying again`, {
          attempt,
        });
        await delay(BOUNDS_BACKOFF_MS);
      }
    }
  }

  async follow(
    positions: readonly ReadPosition[],
    onBatch: (batch: LogBatch) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const silence = new SilenceWatch(this.givesUpAfterMs);
    const stop = AbortSignal.any([signal, this.closed.signal, silence.signal]);
    if (stop.aborted) return;
    // Brokers are fetched in parallel. The caller gets one batch at a time.
    let turn: Promise<void> = Promise.resolve();
    let downFor = '';
    const fetcher = new PartitionFetcher(
      () => this.openCluster(),
      {
        topics: [...new Set(positions.map(({ topic }) => topic))],
        maxWaitMs: MAX_WAIT_MS,
        maxBytesPerPartition: MAX_BYTES_PER_PARTITION,
        maxDecompressedBytes: this.settings.maxDecompressedBytes,
      },
      {
        deliver: (batch) => {
          turn = turn.then(() => (stop.aborted ? undefined : onBatch(batch)));
          return turn;
        },
        up: () => {
          silence.end();
          downFor = '';
        },
        down: (fault) => {
          const reason = kafkaFaultText(fault, this.access);
          silence.begin(reason);
          if (reason !== downFor) this.log('warn', `reading the log: ${reason}; trying again`, {});
          downFor = reason;
        },
      },
    );
    for (const { topic, partition, offset } of positions) fetcher.position(topic, partition, offset);
    await this.track(fetcher.run(stop)).finally(() => silence.end());
    if (silence.signal.aborted && !signal.aborted) throw silence.signal.reason;
  }

  async readToEnd(positions: readonly ReadPosition[], onBatch: (batch: LogBatch) => Promise<void>): Promise<void> {
    const ends = new Map<string, number>();
    const open: ReadPosition[] = [];
    for (const position of positions) {
      const { end } = await this.bounds(position.topic, position.partition);
      if (position.offset >= end) continue;
      ends.set(`${position.topic}/${position.partition}`, end);
      open.push(position);
    }
    if (open.length === 0) return;
    const finished = new AbortController();
    const visit = async (batch: LogBatch): Promise<void> => {
      const key = `${batch.topic}/${batch.partition}`;
      const end = ends.get(key);
      if (end === undefined) return;
      await onBatch(batch);
      if (batch.nextOffset >= end) ends.delete(key);
      if (ends.size === 0) finished.abort();
    };
    await this.follow(open, visit, finished.signal);
    if (ends.size > 0) throw new Error(`the reader was closed before the end of ${[...ends.keys()].join(', ')}`);
  }

  async close(): Promise<void> {
    this.closed.abort();
    await Promise.allSettled(this.running);
  }

  private openCluster(): Cluster {
    return createCluster(createKafka(this.settings, this.log));
  }

  private async boundsOnce(topic: string, partition: number): Promise<LogBounds> {
    const cluster = this.openCluster();
    try {
      await cluster.connect();
      return await fetchBounds(cluster, topic, partition);
    } finally {
      await cluster.disconnect().catch(() => undefined);
    }
  }

  private async track(run: Promise<void>): Promise<void> {
    this.running.add(run);
    try {
      await run;
    } finally {
      this.running.delete(run);
    }
  }
}

/** Aborts with WaitedInVain if a silence lasts too long. */
class SilenceWatch {
  private readonly over = new AbortController();
  private timer: NodeJS.Timeout | null = null;
  private reason = '';

  constructor(private readonly mostMs: number) {}

  get signal(): AbortSignal {
    return this.over.signal;
  }

  /** The newest reason counts. */
  begin(reason: string): void {
    this.reason = reason;
    if (this.timer !== null || this.mostMs === Number.POSITIVE_INFINITY) return;
    this.timer = setTimeout(() => this.over.abort(new WaitedInVain(this.mostMs, this.reason)), this.mostMs);
  }

  end(): void {
    if (this.timer !== null) clearTimeout(this.timer);
    this.timer = null;
  }
}
