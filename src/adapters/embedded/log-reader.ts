import type { Clock } from '../../ports/clock';
import type { LogBatch, LogBounds, LogReader, ReadPosition } from '../../ports/log';
import type { EmbeddedEnvironment } from './environment';
import { IDLE_MIN_MS, nextIdleMs } from './idle';
import type { LogTable } from './log-table';
import type { TopicTable } from './topics';

const BATCH_RECORDS = 1000;

/** Reads by polling: LMDB does not notify other processes of a commit. */
export class EmbeddedLogReader implements LogReader {
  private readonly closing = new AbortController();

  constructor(
    private readonly env: EmbeddedEnvironment,
    private readonly topics: TopicTable,
    private readonly log: LogTable,
    private readonly clock: Clock,
  ) {}

  async bounds(topic: string, partition: number): Promise<LogBounds> {
    this.env.refresh();
    return this.log.bounds(this.topics.require(topic, partition), partition);
  }

  async follow(
    positions: readonly ReadPosition[],
    onBatch: (batch: LogBatch) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const stop = AbortSignal.any([signal, this.closing.signal]);
    const next = positions.map((p) => p.offset);
    let idleMs = IDLE_MIN_MS;
    while (!stop.aborted) {
      let moved = false;
      for (const [i, { topic, partition }] of positions.entries()) {
        if (stop.aborted) return;
        const offset = next[i] ?? 0;
        this.env.refresh();
        // A topic that does not exist yet counts as empty.
        const entry = this.topics.find(topic);
        if (entry === undefined) continue;
        const batch = this.log.read(entry, partition, offset, BATCH_RECORDS);
        if (batch.nextOffset === offset) continue;
        await onBatch(batch);
        next[i] = batch.nextOffset;
        moved = true;
      }
      idleMs = moved ? IDLE_MIN_MS : nextIdleMs(idleMs);
      if (!moved) await this.clock.sleep(idleMs, stop);
      // Handlers that return at once must not starve the event loop.
      else await new Promise((resolve) => setImmediate(resolve));
    }
  }

  async readToEnd(positions: readonly ReadPosition[], onBatch: (batch: LogBatch) => Promise<void>): Promise<void> {
    this.env.refresh();
    const parts = positions.map(({ topic, partition, offset }) => {
      const entry = this.topics.require(topic, partition);
      return { entry, partition, offset, end: this.log.bounds(entry, partition).end };
    });
    for (const { entry, partition, offset, end } of parts) {
      for (let next = offset; next < end && !this.closing.signal.aborted; ) {
        this.env.refresh();
        const batch = this.log.read(entry, partition, next, Math.min(BATCH_RECORDS, end - next));
        await onBatch(batch);
        next = batch.nextOffset;
        await new Promise((resolve) => setImmediate(resolve));
      }
    }
  }

  /** Ends every follow. */
  async close(): Promise<void> {
    this.closing.abort();
  }
}
