import type { OffsetVector } from '../../domain/event';
import type { FencedPublisher, PublisherOwnership, PublishOutcome } from '../../ports/publisher';
import type { OutboxRecord } from '../../ports/state-store';
import type { EmbeddedEnvironment } from './environment';
import type { LogTable } from './log-table';
import { OutputLog, type OutputTopics } from './outputs';
import { readPartition, writePartition } from './partition-entry';
import type { TopicTable } from './topics';

/**
 * Reads the emitted offsets that the state store's commits have moved. The outbox is always empty here, so the machine never publishes. A
 * direct caller still gets the port's guarantee: records and emitted offsets move in one transaction, and a later owner fences an earlier
 * one.
 */
export class EmbeddedPublisherOwnership implements PublisherOwnership {
  private readonly outputs: OutputLog;

  constructor(
    private readonly env: EmbeddedEnvironment,
    topics: TopicTable,
    log: LogTable,
    outputs: OutputTopics,
  ) {
    this.outputs = new OutputLog(topics, log, outputs);
  }

  async own(partition: number): Promise<FencedPublisher> {
    const { epoch, emitted } = this.env.write(() => {
      const entry = readPartition(this.env, partition);
      const epoch = entry.publisherEpoch + 1;
      writePartition(this.env, partition, { ...entry, publisherEpoch: epoch });
      return { epoch, emitted: entry.emitted };
    });
    return {
      emitted,
      // The emitted offsets are in the same file as their state. Only this program writes them, and they can't lag behind.
      unmarked: [],
      withRecords: [],
      tail: null,
      readEmitted: async () => {
        const { emitted } = readPartition(this.env, partition);
        return { emitted, unmarked: [], withRecords: [], tail: null };
      },
      publish: async (records, next) => this.publish(partition, epoch, records, next),
      close: async () => {},
    };
  }

  private publish(
    partition: number,
    epoch: number,
    records: readonly OutboxRecord[],
    emitted: OffsetVector,
  ): PublishOutcome {
    return this.env.write(() => {
      const entry = readPartition(this.env, partition);
      if (entry.publisherEpoch !== epoch) return 'fenced';
      this.outputs.append(partition, records);
      writePartition(this.env, partition, { ...entry, emitted });
      return 'published';
    });
  }

  async close(): Promise<void> {}
}
