import type { OutboxRecord } from '../../ports/state-store';
import type { LogTable } from './log-table';
import type { TopicTable } from './topics';

export interface OutputTopics {
  readonly updates: string;
  readonly deadLetters: string;
}

/** Appends the output records of a commit to their topics, with the time of writing as their timestamp. */
export class OutputLog {
  constructor(
    private readonly topics: TopicTable,
    private readonly log: LogTable,
    private readonly names: OutputTopics,
  ) {}

  /** Only inside `env.write`. Throws {@link EmbeddedError} if an output topic is missing. The transaction is then rolled back. */
  append(partition: number, records: readonly OutboxRecord[]): void {
    const updates = this.topics.require(this.names.updates, partition);
    const deadLetters = this.topics.require(this.names.deadLetters, partition);
    const timestampMs = Date.now();
    const of = (kind: OutboxRecord['kind']): OutboxRecord[] =>
      records.filter((record) => record.kind === kind).map((record) => ({ ...record, timestampMs }));
    this.log.append(updates, partition, of('update'));
    this.log.append(deadLetters, partition, of('dead-letter'));
  }
}
