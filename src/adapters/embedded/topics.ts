import { type TopicAdmin, type TopicFault, type TopicSpec, topicCountFaults } from '../../ports/log';
import type { EmbeddedEnvironment } from './environment';
import { EmbeddedError } from './errors';
import { decodeJson, encodeJson, type TopicEntry } from './layout';

/** The topics of an environment. An entry never changes, so it is cached. */
export class TopicTable {
  private readonly cached = new Map<string, TopicEntry>();

  constructor(private readonly env: EmbeddedEnvironment) {}

  find(name: string): TopicEntry | undefined {
    const cached = this.cached.get(name);
    if (cached !== undefined) return cached;
    const stored = this.env.topics.get(Buffer.from(name));
    if (stored === undefined) return undefined;
    const entry = decodeJson<TopicEntry>(stored);
    this.cached.set(name, entry);
    return entry;
  }

  /** Throws {@link EmbeddedError} if the topic or the partition does not exist. */
  require(name: string, partition = 0): TopicEntry {
    const entry = this.find(name);
    if (entry === undefined) {
      throw new EmbeddedError('embedded-topic-missing', `topic ${name} does not exist: run \`clv-stream setup\` first`);
    }
    if (partition < 0 || partition >= entry.partitions) {
      throw new EmbeddedError(
        'embedded-partition-missing',
        `topic ${name} has ${entry.partitions} partitions, there is no partition ${partition}`,
      );
    }
    return entry;
  }
}

export class EmbeddedTopicAdmin implements TopicAdmin {
  constructor(private readonly env: EmbeddedEnvironment) {}

  async ensureTopics(specs: readonly TopicSpec[]): Promise<{ created: string[]; faults: TopicFault[] }> {
    return this.env.write(() => {
      const created: string[] = [];
      const faults: TopicFault[] = [];
      const found = this.found();
      for (const { name, partitions, compacted } of specs) {
        const entry = found.get(name);
        if (entry === undefined) {
          const added: TopicEntry = { id: found.size, name, partitions, compacted };
          this.env.topics.putSync(Buffer.from(name), encodeJson(added));
          found.set(name, added);
          created.push(name);
        } else {
          faults.push(...differences(entry, compacted));
        }
      }
      return { created, faults: [...countFaultsIn(specs, found), ...faults] };
    });
  }

  async checkTopics(specs: readonly TopicSpec[]): Promise<{ missing: string[]; faults: TopicFault[] }> {
    this.env.refresh();
    const found = this.found();
    return {
      missing: specs.filter(({ name }) => !found.has(name)).map(({ name }) => name),
      faults: [
        ...countFaultsIn(specs, found),
        ...specs.flatMap(({ name, compacted }) => {
          const entry = found.get(name);
          return entry === undefined ? [] : differences(entry, compacted);
        }),
      ],
    };
  }

  private found(): Map<string, TopicEntry> {
    return new Map(
      [...this.env.topics.getRange({ start: Buffer.from([0]) })].map(({ value }) => {
        const entry = decodeJson<TopicEntry>(value);
        return [entry.name, entry] as const;
      }),
    );
  }

  async partitionCounts(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    this.env.refresh();
    const table = new TopicTable(this.env);
    const counts = new Map<string, number>();
    for (const name of topics) {
      const entry = table.find(name);
      if (entry !== undefined) counts.set(name, entry.partitions);
    }
    return counts;
  }

  async close(): Promise<void> {}
}

function countFaultsIn(specs: readonly TopicSpec[], found: ReadonlyMap<string, TopicEntry>): TopicFault[] {
  return topicCountFaults(specs, new Map([...found].map(([name, { partitions }]) => [name, partitions])));
}

function differences(entry: TopicEntry, compacted: boolean): TopicFault[] {
  const faults: TopicFault[] = [];
  if (entry.compacted !== compacted) {
    const is = (value: boolean): string => (value ? 'compacted' : 'not compacted');
    faults.push({
      topic: entry.name,
      fault: `is ${is(entry.compacted)}, wanted ${is(compacted)}: choose another folder or name`,
    });
  }
  return faults;
}
