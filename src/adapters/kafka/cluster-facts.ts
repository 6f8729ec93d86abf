import { type Admin, ConfigResourceTypes } from 'kafkajs';
import { createCluster, createKafka } from './client';
import { errorText, errorTypes } from './error-chain';
import type { KafkaLog, KafkaSettings } from './settings';

/** One broker, as the cluster advertises it. */
export interface BrokerFacts {
  readonly id: number;
  /** host:port that clients are told to connect to. */
  readonly address: string;
  /** Why it does not answer at this address. null if it answers. */
  readonly fault: string | null;
  /** Newest version of the Metadata request, which tells the broker's age. null if it does not answer. */
  readonly metadataVersion: number | null;
}

export interface PartitionCopies {
  readonly partition: number;
  readonly hasLeader: boolean;
  readonly copies: number;
  readonly inSync: number;
}

export interface ClusterFacts {
  readonly brokers: readonly BrokerFacts[];
  /** Copies that the brokers want of their own topics. Without so many brokers, groups and transactions can't begin. */
  readonly internalCopies: ReadonlyMap<string, number>;
  /** By topic. Topics that do not exist are missing. */
  readonly topics: ReadonlyMap<string, readonly PartitionCopies[]>;
}

/** Whoever looks wants to know within seconds that nobody answers. */
const QUICK_RETRY = { retries: 1, initialRetryTime: 100 };
const METADATA_KEY = 3;
const INTERNAL_COPIES = ['offsets.topic.replication.factor', 'transaction.state.log.replication.factor'];

/** Looks at the brokers of a cluster. Changes nothing. Rejects if no broker of the settings answers. */
export async function readClusterFacts(
  settings: KafkaSettings,
  topics: readonly string[],
  log: KafkaLog,
): Promise<ClusterFacts> {
  const kafka = createKafka(settings, log, QUICK_RETRY);
  const admin = kafka.admin({ retry: QUICK_RETRY });
  try {
    await admin.connect();
    const { brokers } = await admin.describeCluster();
    const seen = await Promise.all(
      brokers.map(({ nodeId, host, port }) => askEach(settings, log, nodeId, `${host}:${port}`)),
    );
    return {
      brokers: seen,
      internalCopies: await internalCopies(admin, brokers[0]?.nodeId),
      topics: await copiesOf(admin, topics),
    };
  } finally {
    await admin.disconnect().catch(() => undefined);
  }
}

/** A cluster of its own per broker: one that does not answer must not keep the others waiting. */
async function askEach(settings: KafkaSettings, log: KafkaLog, id: number, address: string): Promise<BrokerFacts> {
  const cluster = createCluster(createKafka(settings, log, QUICK_RETRY));
  try {
    await cluster.connect();
    await cluster.refreshMetadata();
    const broker = await cluster.findBroker({ nodeId: `${id}` });
    const { versions } = broker as unknown as {
      versions: Readonly<Record<number, { maxVersion: number } | undefined>>;
    };
    return { id, address, fault: null, metadataVersion: versions[METADATA_KEY]?.maxVersion ?? null };
  } catch (error) {
    return { id, address, fault: errorText(error), metadataVersion: null };
  } finally {
    await cluster.disconnect().catch(() => undefined);
  }
}

/** Empty if the user may not read the brokers' settings: that is no fault of the deployment. */
async function internalCopies(admin: Admin, node: number | undefined): Promise<Map<string, number>> {
  if (node === undefined) return new Map();
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [{ type: ConfigResourceTypes.BROKER, name: `${node}`, configNames: INTERNAL_COPIES }],
    });
    const entries = resources.flatMap(({ configEntries }) => configEntries);
    return new Map(entries.map(({ configName, configValue }) => [configName, Number(configValue)]));
  } catch (error) {
    if (errorTypes(error).some((type) => type.endsWith('AUTHORIZATION_FAILED'))) return new Map();
    throw error;
  }
}

async function copiesOf(admin: Admin, topics: readonly string[]): Promise<Map<string, readonly PartitionCopies[]>> {
  const existing = new Set(await admin.listTopics());
  const present = topics.filter((name) => existing.has(name));
  if (present.length === 0) return new Map();
  const { topics: metadata } = await admin.fetchTopicMetadata({ topics: present });
  return new Map(
    metadata.map(({ name, partitions }) => [
      name,
      partitions.map(({ partitionId, leader, replicas, isr }) => ({
        partition: partitionId,
        hasLeader: leader >= 0,
        copies: replicas.length,
        inSync: isr.length,
      })),
    ]),
  );
}
