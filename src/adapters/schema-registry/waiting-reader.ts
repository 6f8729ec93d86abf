import type { LogBatch, LogBounds, LogReader, ReadPosition } from '../../ports/log';
import type { SchemaWait } from './schema-wait';

/** A reader that delivers a batch when the schemas of its records are known. */
export class WaitingReader implements LogReader {
  constructor(
    private readonly reader: LogReader,
    private readonly wait: SchemaWait,
  ) {}

  bounds(topic: string, partition: number): Promise<LogBounds> {
    return this.reader.bounds(topic, partition);
  }

  follow(
    positions: readonly ReadPosition[],
    onBatch: (batch: LogBatch) => Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    const waited = async (batch: LogBatch) => {
      await this.known(batch, signal);
      if (!signal.aborted) await onBatch(batch);
    };
    return this.reader.follow(positions, waited, signal);
  }

  readToEnd(positions: readonly ReadPosition[], onBatch: (batch: LogBatch) => Promise<void>): Promise<void> {
    const waited = async (batch: LogBatch) => {
      await this.known(batch);
      await onBatch(batch);
    };
    return this.reader.readToEnd(positions, waited);
  }

  close(): Promise<void> {
    return this.reader.close();
  }

  private async known({ topic, partition, records }: LogBatch, signal?: AbortSignal): Promise<void> {
    const ids = this.wait.unknownIds(topic, records);
    if (ids.length > 0) await this.wait.until(ids, `${topic} ${partition}`, signal);
  }
}
