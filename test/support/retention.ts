import { ConfigResourceTypes } from 'kafkajs';
import { CLIENT_RETRY, createCluster, createKafka } from '../../src/adapters/kafka/client';
import { until } from './process';
import { kafkaBrokers } from './services';

type Admin = ReturnType<ReturnType<typeof createKafka>['admin']>;

async function withAdmin(body: (admin: Admin) => Promise<unknown>): Promise<void> {
  const settings = { brokers: kafkaBrokers() ?? [], clientId: 'clv-test' };
  const admin = createKafka(settings, () => undefined, CLIENT_RETRY).admin();
  await admin.connect();
  try {
    await body(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Deletes the records below an offset on the run's broker, like retention. */
export function truncateTopic(topic: string, partition: number, before: number): Promise<void> {
  return withAdmin(async (admin) => {
    // deleteTopicRecords uses metadata but does not fetch them.
    await admin.fetchTopicMetadata({ topics: [topic] });
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: `${before}` }] });
  });
}

/** Deletes a consumer group without members and its offsets, like their expiry. */
export function deleteGroup(groupId: string): Promise<void> {
  return withAdmin((admin) => admin.deleteGroups([groupId]));
}

/**
 * Sets the offsets of a group without members, like an operator's tool. Uses one request: kafkajs' own setOffsets joins the group once per
 * topic, which takes seconds.
 */
export async function setGroupOffsets(
  groupId: string,
  offsets: readonly {
    readonly topic: string;
    readonly partition: number;
    readonly offset: number;
    readonly metadata?: string;
  }[],
): Promise<void> {
  const settings = { brokers: kafkaBrokers() ?? [], clientId: 'clv-test' };
  const cluster = createCluster(createKafka(settings, () => undefined, CLIENT_RETRY));
  await cluster.connect();
  try {
    const coordinator = await cluster.findGroupCoordinator({ groupId });
    await coordinator.offsetCommit({
      groupId,
      groupGenerationId: -1,
      memberId: '',
      topics: offsets.map(({ topic, partition, offset, metadata }) => ({
        topic,
        partitions: [{ partition, offset: `${offset}`, ...(metadata === undefined ? {} : { metadata }) }],
      })),
    });
  } finally {
    await cluster.disconnect();
  }
}

/** Allows deletion of records in a compacted topic, too, as in a deployment that can't keep them for ever. */
export function allowDeletion(topic: string): Promise<void> {
  const configEntries = [
    { name: 'cleanup.policy', value: 'compact,delete' },
    { name: 'min.compaction.lag.ms', value: `${7 * 86_400_000}` },
  ];
  const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }];
  return withAdmin((admin) => admin.alterConfigs({ validateOnly: false, resources }));
}

/** Makes the run's broker compact a topic at each of its checks. */
export function compactAtOnce(topic: string): Promise<void> {
  const configEntries = [
    { name: 'cleanup.policy', value: 'compact' },
    { name: 'min.cleanable.dirty.ratio', value: '0.01' },
    { name: 'segment.ms', value: '100' },
    { name: 'delete.retention.ms', value: '0' },
  ];
  const resources = [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries }];
  return withAdmin((admin) => admin.alterConfigs({ validateOnly: false, resources }));
}

/** Deletes a topic and creates another one of the same name. */
export function recreateTopic(topic: string, numPartitions: number): Promise<void> {
  return withAdmin(async (admin) => {
    await admin.deleteTopics({ topics: [topic] });
    await until('the name is free again', async () => !(await admin.listTopics()).includes(topic));
    await admin.createTopics({ topics: [{ topic, numPartitions, replicationFactor: 1 }], waitForLeaders: false });
    await until('the new topic is led', async () => {
      try {
        await admin.fetchTopicOffsets(topic);
        return true;
      } catch {
        return false;
      }
    });
  });
}

export function addPartitions(topic: string, count: number): Promise<void> {
  return withAdmin((admin) => admin.createPartitions({ topicPartitions: [{ topic, count }] }));
}
