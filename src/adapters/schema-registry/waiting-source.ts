import type { OffsetVector, TopicIndex } from '../../domain/event';
import type { PartitionSource, SourceHandlers } from '../../ports/partition-source';
import type { SchemaWait } from './schema-wait';

/** What waits in a partition, in the order in which it came. */
interface Held {
  readonly deliveries: { readonly ids: readonly number[]; readonly where: string; readonly deliver: () => void }[];
  readonly topics: Set<TopicIndex>;
  readonly dropped: AbortController;
}

/**
 * A source that delivers records when the schemas of their writers are known. Until then, the whole partition waits: its topics are merged
 * by event time, so the others must not run ahead. Other partitions go on.
 */
export class WaitingSource implements PartitionSource {
  private readonly held = new Map<number, Held>();
  /** Topics that the receiver has paused, by partition. They stay so when the wait ends. */
  private readonly paused = new Map<number, Set<TopicIndex>>();

  constructor(
    private readonly source: PartitionSource,
    private readonly topics: readonly string[],
    private readonly wait: SchemaWait,
  ) {}

  start(handlers: SourceHandlers): Promise<void> {
    return this.source.start({
      ...handlers,
      records: (partition, topic, records, nextOffset, end) => {
        const deliver = () => handlers.records(partition, topic, records, nextOffset, end);
        const ids = this.wait.unknownIds(this.topics[topic]!, records);
        if (ids.length === 0 && !this.held.has(partition)) deliver();
        else this.hold(partition, topic, ids, deliver);
      },
      outOfRange: (partition, topic, position, log) => {
        const deliver = () => handlers.outOfRange(partition, topic, position, log);
        // Records from before the gap may wait. They come first.
        if (this.held.has(partition)) this.hold(partition, topic, [], deliver);
        else deliver();
      },
      revoked: (partition) => {
        this.forget(partition);
        return handlers.revoked(partition);
      },
    });
  }

  position(partition: number, offsets: OffsetVector): Promise<void> {
    this.forget(partition);
    return this.source.position(partition, offsets);
  }

  pause(partition: number, topic: TopicIndex): void {
    const paused = this.paused.get(partition) ?? new Set();
    this.paused.set(partition, paused.add(topic));
    this.source.pause(partition, topic);
  }

  resume(partition: number, topic: TopicIndex): void {
    this.paused.get(partition)?.delete(topic);
    if (!this.held.get(partition)?.topics.has(topic)) this.source.resume(partition, topic);
  }

  async stop(): Promise<void> {
    await this.source.stop();
    for (const partition of [...this.held.keys()]) this.forget(partition);
  }

  private hold(partition: number, topic: TopicIndex, ids: readonly number[], deliver: () => void): void {
    let held = this.held.get(partition);
    const isFirst = held === undefined;
    held ??= { deliveries: [], topics: new Set(), dropped: new AbortController() };
    this.held.set(partition, held);
    held.deliveries.push({ ids, where: `${this.topics[topic]} ${partition}`, deliver });
    if (!isFirst) return;
    this.topics.forEach((_, each) => {
      held.topics.add(each);
      this.source.pause(partition, each);
    });
    void this.release(partition, held);
  }

  /** Delivers what waits, one after another. The records that came meanwhile are among it. */
  private async release(partition: number, held: Held): Promise<void> {
    const { signal } = held.dropped;
    for (let next = held.deliveries[0]; next !== undefined; next = held.deliveries[0]) {
      if (next.ids.length > 0) await this.wait.until(next.ids, next.where, signal);
      if (signal.aborted) return;
      held.deliveries.shift();
      next.deliver();
      // The receiver may have positioned the partition again.
      if (signal.aborted) return;
    }
    this.held.delete(partition);
    for (const topic of held.topics) {
      if (!this.paused.get(partition)?.has(topic)) this.source.resume(partition, topic);
    }
  }

  /** The partition starts again elsewhere, or not at all: what waits is read again, and nothing is paused. */
  private forget(partition: number): void {
    this.held.get(partition)?.dropped.abort();
    this.held.delete(partition);
    this.paused.delete(partition);
  }
}
