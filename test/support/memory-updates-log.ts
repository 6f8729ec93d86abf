import type { ClvUpdate } from '../../src/domain/update';
import type { LogBatch, LogBounds, LogReader, LogRecord, ReadPosition } from '../../src/ports/log';

const text = { encode: new TextEncoder(), decode: new TextDecoder() };

/** The updates topic in memory, one object per test. Updates are JSON bytes, and readers are notified at once. */
export class MemoryUpdatesLog implements LogReader {
  private readonly partitions: LogRecord[][];
  private readonly wakers = new Set<() => void>();

  constructor(partitions: number) {
    this.partitions = Array.from({ length: partitions }, () => []);
  }

  append(partition: number, update: ClvUpdate, timestampMs: number): void {
    this.appendBytes(partition, update.customerId, text.encode.encode(JSON.stringify(update)), timestampMs);
  }

  appendBytes(partition: number, key: string, value: Uint8Array | null, timestampMs: number): void {
    const records = this.partitions[partition]!;
    records.push({ offset: records.length, timestampMs, key: text.encode.encode(key), value });
    for (const wake of this.wakers) wake();
  }

  async bounds(_topic: string, partition: number): Promise<LogBounds> {
    return { start: 0, end: this.partitions[partition]!.length };
  }

  async follow(
    positions: readonly ReadPosition[],
    onBatch: (batch: LogBatch) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const next = new Map(positions.map(({ partition, offset }) => [partition, offset]));
    while (!signal.aborted) {
      if (!(await this.deliver(positions, next, onBatch))) await this.appended(signal);
    }
  }

  async readToEnd(positions: readonly ReadPosition[], onBatch: (batch: LogBatch) => Promise<void>): Promise<void> {
    await this.deliver(positions, new Map(positions.map(({ partition, offset }) => [partition, offset])), onBatch);
  }

  async close(): Promise<void> {}

  private async deliver(
    positions: readonly ReadPosition[],
    next: Map<number, number>,
    onBatch: (batch: LogBatch) => Promise<void>,
  ): Promise<boolean> {
    let delivered = false;
    for (const { topic, partition } of positions) {
      const held = this.partitions[partition]!;
      const from = next.get(partition) ?? 0;
      if (from >= held.length) continue;
      const end = held.length;
      next.set(partition, end);
      await onBatch({ topic, partition, records: held.slice(from, end), nextOffset: end, end });
      delivered = true;
    }
    return delivered;
  }

  private appended(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.wakers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.wakers.add(wake);
      signal.addEventListener('abort', wake);
    });
  }
}

/** Decodes a value of {@link MemoryUpdatesLog.append}. null for other bytes. */
export function decodeJsonUpdate(value: Uint8Array): ClvUpdate | null {
  try {
    return JSON.parse(text.decode.decode(value)) as ClvUpdate;
  } catch {
    return null;
  }
}
