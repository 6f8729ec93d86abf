import type { LogWriter, OutgoingRecord } from '../../ports/log';
import type { EmbeddedEnvironment } from './environment';
import type { LogTable } from './log-table';
import type { TopicTable } from './topics';

export class EmbeddedLogWriter implements LogWriter {
  constructor(
    private readonly env: EmbeddedEnvironment,
    private readonly topics: TopicTable,
    private readonly log: LogTable,
  ) {}

  async append(records: readonly OutgoingRecord[]): Promise<void> {
    this.env.write(() => this.appendInTransaction(records));
  }

  /** For a caller that has begun a write transaction. */
  appendInTransaction(records: readonly OutgoingRecord[]): void {
    const byPartition = new Map<string, OutgoingRecord[]>();
    for (const record of records) {
      const at = `${record.partition} ${record.topic}`;
      const group = byPartition.get(at);
      if (group === undefined) byPartition.set(at, [record]);
      else group.push(record);
    }
    for (const group of byPartition.values()) {
      const [{ topic, partition }] = group as [OutgoingRecord];
      this.log.append(this.topics.require(topic, partition), partition, group);
    }
  }

  async close(): Promise<void> {}
}
