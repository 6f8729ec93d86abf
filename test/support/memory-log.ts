import type { CustomerEvent } from '../../src/domain/event';
import {
  type LogBatch,
  type LogBounds,
  type LogReader,
  type LogRecord,
  type LogWriter,
  type OutgoingRecord,
  type ReadPosition,
  WriterFenced,
} from '../../src/ports/log';

/** Any topics in memory, with fenced writers and compaction. An append is seen as a whole, in batches that may end within it. */
export class MemoryLog implements LogReader {
  private readonly logs = new Map<string, { records: LogRecord[]; end: number }>();
  private readonly epochs = new Map<string, number>();
  private readonly wakers = new Set<() => void>();

  /** `batchRecords` is called for the size of each batch. */
  constructor(private readonly batchRecords: () => number = () => 500) {}

  /** Events as JSON; see jsonDecoder in memory-topics.ts. */
  feed(topic: string, partition: number, events: readonly CustomerEvent[]): void {
    this.append(
      events.map((event) => ({
        ...{ topic, partition, key: null, timestampMs: event.timeS * 1000 },
        value: new TextEncoder().encode(JSON.stringify(event)),
      })),
    );
  }

  append(records: readonly OutgoingRecord[]): void {
    for (const { topic, partition, key, value, timestampMs } of records) {
      const log = this.log(topic, partition);
      // Copies: what the writer changes later is not in the log.
      log.records.push({ offset: log.end++, timestampMs, key: copyOf(key), value: copyOf(value) });
    }
    // The marker that ends a transaction has an offset too.
    for (const name of new Set(records.map(({ topic, partition }) => `${topic}/${partition}`)))
      this.logs.get(name)!.end++;
    for (const wake of this.wakers) wake();
  }

  /** Fences the previous writer of the name. */
  fencedWriter(name: string): LogWriter {
    const epoch = (this.epochs.get(name) ?? 0) + 1;
    this.epochs.set(name, epoch);
    return {
      append: async (records) => {
        await new Promise((resolve) => setImmediate(resolve));
        if (this.epochs.get(name) !== epoch) throw new WriterFenced(name);
        this.append(records);
      },
      close: async () => undefined,
    };
  }

  /** Keeps the last record of each key among those below an offset. Offsets stay. */
  compact(topic: string, partition: number, below: number): void {
    const log = this.log(topic, partition);
    const last = new Map<string, number>();
    for (const { key, offset } of log.records) if (offset < below) last.set(textOf(key), offset);
    log.records = log.records.filter(({ key, offset }) => offset >= below || last.get(textOf(key)) === offset);
  }

  records(topic: string, partition: number): readonly LogRecord[] {
    return this.log(topic, partition).records;
  }

  async bounds(topic: string, partition: number): Promise<LogBounds> {
    return { start: 0, end: this.log(topic, partition).end };
  }

  async follow(
    positions: readonly ReadPosition[],
    onBatch: (batch: LogBatch) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const next = positions.map(({ offset }) => offset);
    while (!signal.aborted) {
      let delivered = false;
      for (const [i, { topic, partition }] of positions.entries()) {
        const log = this.log(topic, partition);
        if (next[i]! >= log.end || signal.aborted) continue;
        const records = log.records.filter(({ offset }) => offset >= next[i]!).slice(0, this.batchRecords());
        const last = records.at(-1)?.offset;
        const isRest = last === undefined || last === log.records.at(-1)!.offset;
        next[i] = isRest ? log.end : last + 1;
        await onBatch({ topic, partition, records, nextOffset: next[i]!, end: log.end });
        await new Promise((resolve) => setImmediate(resolve));
        delivered = true;
      }
      if (!delivered) await this.appended(signal);
    }
  }

  async readToEnd(positions: readonly ReadPosition[], onBatch: (batch: LogBatch) => Promise<void>): Promise<void> {
    const ends = new Map(
      positions.map(({ topic, partition }) => [`${topic}/${partition}`, this.log(topic, partition).end]),
    );
    const open = positions.filter(({ topic, partition, offset }) => offset < ends.get(`${topic}/${partition}`)!);
    const stop = new AbortController();
    let left = open.length;
    if (left === 0) return;
    const visit = async (batch: LogBatch) => {
      const name = `${batch.topic}/${batch.partition}`;
      if (!ends.has(name)) return;
      await onBatch(batch);
      if (batch.nextOffset < ends.get(name)!) return;
      ends.delete(name);
      if (--left === 0) stop.abort();
    };
    await this.follow(open, visit, stop.signal);
  }

  async close(): Promise<void> {}

  private log(topic: string, partition: number): { records: LogRecord[]; end: number } {
    const name = `${topic}/${partition}`;
    const log = this.logs.get(name) ?? { records: [], end: 0 };
    this.logs.set(name, log);
    return log;
  }

  private appended(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        this.wakers.delete(wake);
        signal.removeEventListener('abort', wake);
        resolve();
      };
      this.wakers.add(wake);
      signal.addEventListener('abort', wake);
      if (signal.aborted) wake();
    });
  }
}

const copyOf = (bytes: Uint8Array | null): Uint8Array | null => (bytes === null ? null : Uint8Array.from(bytes));
const textOf = (key: Uint8Array | null): string => (key === null ? '' : new TextDecoder().decode(key));
