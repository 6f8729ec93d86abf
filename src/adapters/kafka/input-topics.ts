import { countFaults, ONE_COUNT } from '../../domain/partition-counts';
import type { KafkaLog, KafkaSettings } from './settings';
import { KafkaTopicAdmin } from './topic-admin';

/** Input topics are missing or not co-partitioned. A person has to repair them before the process can start. */
export class InputTopicsFault extends Error {
  readonly code = 'CLV_INPUT_TOPICS';
}

/** The common partition count of the input topics. Throws {@link InputTopicsFault}, or the error of the connection. */
export async function checkInputTopics(
  settings: KafkaSettings,
  log: KafkaLog,
  topics: readonly string[],
): Promise<number> {
  const admin = new KafkaTopicAdmin(settings, log);
  try {
    return coPartitionCount(topics, await admin.partitionCounts(topics));
  } finally {
    await admin.close().catch(() => undefined);
  }
}

/** Pure part of {@link checkInputTopics}. */
export function coPartitionCount(topics: readonly string[], counts: ReadonlyMap<string, number>): number {
  const missing = topics.filter((topic) => !counts.has(topic));
  if (missing.length > 0) {
    throw new InputTopicsFault(`input topics ${missing.join(', ')} do not exist; create them with clv-stream setup`);
  }
  const distinct = new Set(topics.map((topic) => counts.get(topic)!));
  if (distinct.size !== 1) {
    const faults = countFaults(new Map(topics.map((topic) => [topic, counts.get(topic)!])), null);
    throw new InputTopicsFault(`${ONE_COUNT}: ${faults.map(({ topic, fault }) => `${topic} ${fault}`).join('. ')}`);
  }
  return [...distinct][0]!;
}
