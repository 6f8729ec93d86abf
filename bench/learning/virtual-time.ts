import type { Decoded } from '../../src/domain/dead-letter';
import { type CustomerEvent, INPUT_ROLES, TOPIC_OF_KIND } from '../../src/domain/event';
import type { Clock } from '../../src/ports/clock';
import type { EventDecoder } from '../../src/ports/event-decoder';
import type { LogBatch, LogBounds, LogReader, LogRecord, ReadPosition } from '../../src/ports/log';

interface Sleeper {
  readonly untilMs: number;
  readonly wake: () => void;
}

/** A clock that moves only when it is told to. The trainer then runs in event time, as fast as the machine allows. */
export class VirtualClock implements Clock {
  private readonly sleepers = new Set<Sleeper>();
  private onSleep: () => void = () => undefined;

  constructor(private ms: number) {}

  nowMs(): number {
    return this.ms;
  }

  elapsedS(): number {
    return this.ms / 1000;
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (ms <= 0) return new Promise((resolve) => setImmediate(resolve));
    return new Promise((resolve) => {
      const sleeper = {
        untilMs: this.ms + ms,
        wake: () => {
          this.sleepers.delete(sleeper);
          signal?.removeEventListener('abort', sleeper.wake);
          resolve();
        },
      };
      this.sleepers.add(sleeper);
      signal?.addEventListener('abort', sleeper.wake, { once: true });
      if (signal?.aborted) sleeper.wake();
      this.onSleep();
    });
  }

  /** Resolves when somebody sleeps: the trainer has then done all that was due. */
  async asleep(): Promise<void> {
    while (this.sleepers.size === 0) await new Promise<void>((resolve) => (this.onSleep = resolve));
  }

  /** Moves on and wakes whoever is due. */
  moveTo(ms: number): void {
    this.ms = ms;
    for (const sleeper of [...this.sleepers]) if (sleeper.untilMs <= ms) sleeper.wake();
  }
}

const MAX_BATCH = 2_000;

/** The input topics in memory, one partition each. A record's value is the index of its event, so nothing is encoded. */
export class EventLog implements LogReader, EventDecoder {
  private readonly topics: LogRecord[][] = INPUT_ROLES.map(() => []);
  private onAppend: () => void = () => undefined;
  private onRead: () => void = () => undefined;
  private isReading = false;

  constructor(private readonly events: readonly CustomerEvent[]) {}

  /** Appends the event with this index. */
  append(index: number): void {
    const { kind, timeS } = this.events[index]!;
    const topic = this.topics[TOPIC_OF_KIND[kind]]!;
    const value = new Uint8Array(new Uint32Array([index]).buffer);
    topic.push({ offset: topic.length, timestampMs: timeS * 1000, key: null, value });
  }

  /** Resolves when every appended record was delivered and its handler has returned. */
  async drained(): Promise<void> {
    this.isReading = true;
    this.onAppend();
    while (this.isReading) await new Promise<void>((resolve) => (this.onRead = resolve));
  }

  decodeEvent(_topic: number, _partition: number, value: Uint8Array | null): Decoded<CustomerEvent> {
    const [index] = new Uint32Array(value!.buffer);
    return { ok: true, value: this.events[index!]! };
  }

  async bounds(topic: string, _partition: number): Promise<LogBounds> {
    return { start: 0, end: this.topic(topic).length };
  }

  async follow(
    positions: readonly ReadPosition[],
    onBatch: (batch: LogBatch) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const next = positions.map(({ offset }) => offset);
    signal.addEventListener('abort', () => this.onAppend());
    while (!signal.aborted) {
      let hasRead = false;
      for (const [i, { topic, partition }] of positions.entries()) {
        const log = this.topic(topic);
        const records = log.slice(next[i]!, next[i]! + MAX_BATCH);
        if (records.length === 0) continue;
        hasRead = true;
        next[i]! += records.length;
        await onBatch({ topic, partition, records, nextOffset: next[i]!, end: log.length });
      }
      if (hasRead) continue;
      this.isReading = false;
      this.onRead();
      await new Promise<void>((resolve) => (this.onAppend = resolve));
    }
  }

  async readToEnd(): Promise<void> {
    throw new Error('the bench reads with follow only');
  }

  async close(): Promise<void> {}

  private topic(name: string): LogRecord[] {
    return this.topics[INPUT_ROLES.indexOf(name as (typeof INPUT_ROLES)[number])]!;
  }
}
