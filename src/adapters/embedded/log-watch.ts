import type { LogFacts, LogWatch } from '../../ports/log-watch';
import type { EmbeddedEnvironment } from './environment';
import type { TopicTable } from './topics';

/** Topics of the embedded log are never deleted or enlarged, so their ids and partition counts never change. */
export class EmbeddedLogWatch implements LogWatch {
  constructor(
    private readonly env: EmbeddedEnvironment,
    private readonly table: TopicTable,
    private readonly topics: readonly string[],
  ) {}

  async look(): Promise<LogFacts> {
    this.env.refresh();
    const found = this.topics.flatMap((name) => this.table.find(name) ?? []);
    const facts = found.map(({ id, name, partitions }) => [name, { id: `${id}`, partitions }] as const);
    return { cluster: 'embedded', topics: new Map(facts) };
  }

  async close(): Promise<void> {}
}
