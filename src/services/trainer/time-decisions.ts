import type { TopicIndex } from '../../domain/event';
import { isAheadOfClock } from '../../domain/time-rule';
import { type Clock, steadyTime } from '../../ports/clock';
import type { LogReader, ReadPosition } from '../../ports/log';
import type { TimeRefusals } from '../../serde/time-refusals';

export interface TimeDecisionPorts {
  readonly reader: LogReader;
  readonly clock: Clock;
  /** Empty at first. It is filled from the topic of dead letters. */
  readonly refusals: TimeRefusals;
}

export interface TimeDecisionSettings {
  /** Name of the topic of dead letters. */
  readonly deadLetters: string;
  /** The tolerance of the rule of time, ms: see domain/time-rule. */
  readonly maxFutureMs: number;
}

/**
 * Which records a trainer passes over because their timestamps are in the future. It follows the scorers' dead letters. If it reads a record
 * before the scorer, its own clock decides, because no label may close on such a record.
 */
export class TimeDecisions {
  /** By partition: the next dead letter to read. */
  private readonly next = new Map<number, number>();
  private readonly nowMs: () => number;

  constructor(
    private readonly ports: TimeDecisionPorts,
    private readonly settings: TimeDecisionSettings,
  ) {
    this.nowMs = steadyTime(ports.clock);
  }

  /** Reads what is published by now. Call it before the first record of these partitions. Rejects if the log is unreachable. */
  async open(partitions: readonly number[]): Promise<void> {
    const { reader } = this.ports;
    const topic = this.settings.deadLetters;
    const positions: ReadPosition[] = [];
    for (const partition of partitions) {
      const { start } = await reader.bounds(topic, partition);
      positions.push({ topic, partition, offset: start });
      this.next.set(partition, start);
    }
    await reader.readToEnd(positions, async ({ partition, records, nextOffset }) => {
      this.ports.refusals.take(records);
      this.next.set(partition, nextOffset);
    });
  }

  /** Takes later dead letters of opened partitions until the signal aborts. */
  follow(partitions: readonly number[], signal: AbortSignal): Promise<void> {
    const topic = this.settings.deadLetters;
    const positions = partitions.map((partition) => ({ topic, partition, offset: this.next.get(partition) ?? 0 }));
    return this.ports.reader.follow(positions, async ({ records }) => this.ports.refusals.take(records), signal);
  }

  refuses(topic: TopicIndex, partition: number, offset: number, timestampMs: number): boolean {
    return (
      this.ports.refusals.has(topic, partition, offset, timestampMs) ||
      isAheadOfClock(timestampMs, this.nowMs(), this.settings.maxFutureMs)
    );
  }
}
