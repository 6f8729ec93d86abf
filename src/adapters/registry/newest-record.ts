import type { LogReader, LogRecord, ReadPosition } from '../../ports/log';

/** The models topic has one partition, so that its records have one order. */
export const PARTITION = 0;

/**
 * The newest record of one kind in the models topic. The models are large, and the topic keeps old records for days before it is compacted, so what
 * was read is not read again.
 */
export class NewestRecord<T> {
  private newest: T | null = null;
  private nextOffset = 0;

  constructor(
    private readonly topic: string,
    private readonly reader: LogReader,
    /** The newest of these records that is of the kind. null if none is. */
    private readonly newestOf: (records: readonly LogRecord[]) => T | null,
  ) {}

  /** Reads to the end of the topic. */
  async current(): Promise<T | null> {
    const { start, end } = await this.reader.bounds(this.topic, PARTITION);
    // The topic was deleted and created again.
    if (this.nextOffset > end) {
      this.nextOffset = 0;
      this.newest = null;
    }
    const from = Math.max(start, this.nextOffset);
    await this.reader.readToEnd([this.at(from)], async (batch) => {
      this.newest = this.newestOf(batch.records) ?? this.newest;
      this.nextOffset = batch.nextOffset;
    });
    return this.newest;
  }

  /** The current one, then each newer one of a batch, until the signal aborts. */
  async watch(onNewest: (newest: T) => void, signal: AbortSignal): Promise<void> {
    const current = await this.current();
    if (current !== null) onNewest(current);
    await this.reader.follow(
      [this.at(this.nextOffset)],
      async ({ records }) => {
        const newest = this.newestOf(records);
        if (newest !== null) onNewest(newest);
      },
      signal,
    );
  }

  private at(offset: number): ReadPosition {
    return { topic: this.topic, partition: PARTITION, offset };
  }
}
