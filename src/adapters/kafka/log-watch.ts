import type { Cluster } from 'kafkajs';
import type { LogFacts, LogWatch } from '../../ports/log-watch';
import { createCluster, createKafka } from './client';
import { fetchClusterMetadata } from './cluster-metadata';
import type { KafkaLog, KafkaSettings } from './settings';

/** Uses one connection, opened on the first look. After a failure the next look opens another. */
export class KafkaLogWatch implements LogWatch {
  private cluster: Promise<Cluster> | null = null;

  constructor(
    private readonly settings: KafkaSettings,
    private readonly topics: readonly string[],
    private readonly log: KafkaLog,
  ) {}

  async look(): Promise<LogFacts> {
    this.cluster ??= this.connect();
    const used = this.cluster;
    try {
      const { clusterId, topics } = await fetchClusterMetadata(await used, this.topics);
      const facts = [...topics].map(
        ([name, { id, partitions }]) => [name, { id, partitions: partitions.length }] as const,
      );
      return { cluster: clusterId, topics: new Map(facts) };
    } catch (error) {
      if (this.cluster === used) await this.close();
      throw error;
    }
  }

  async close(): Promise<void> {
    const cluster = this.cluster;
    this.cluster = null;
    await cluster?.then((open) => open.disconnect()).catch(() => undefined);
  }

  private async connect(): Promise<Cluster> {
    const cluster = createCluster(createKafka(this.settings, this.log));
    await cluster.connect();
    await cluster.refreshMetadata();
    return cluster;
  }
}
