import { randomUUID } from 'node:crypto';
import { CLIENT_RETRY, createKafka } from '../../../src/adapters/kafka/client';
import { errorTypes } from '../../../src/adapters/kafka/error-chain';
import type { KafkaLog, KafkaSettings } from '../../../src/adapters/kafka/settings';
import { KafkaTopicAdmin } from '../../../src/adapters/kafka/topic-admin';
import type { OutgoingRecord, TopicSpec } from '../../../src/ports/log';
import { kafkaBrokers } from '../../support/services';

/** What the adapters logged, kept for a failing test; never printed. */
export const silent: KafkaLog = () => undefined;

export function testSettings(brokers: readonly string[] = kafkaBrokers() ?? []): KafkaSettings {
  return { brokers, clientId: 'clv-test' };
}

/** A name no other test uses. */
export const unique = (prefix: string): string => `${prefix}-${randomUUID().slice(0, 8)}`;

/** New topics, named after the prefixes. */
export async function makeTopics(
  prefixes: readonly string[],
  partitions: number,
  more: Partial<TopicSpec> = {},
  settings: KafkaSettings = testSettings(),
): Promise<string[]> {
  const names = prefixes.map(unique);
  const admin = new KafkaTopicAdmin(settings, silent);
  try {
    await admin.ensureTopics(names.map((name) => ({ name, partitions, compacted: false, ...more })));
  } finally {
    await admin.close();
  }
  return names;
}

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (value: Uint8Array | null): string | null => value && new TextDecoder().decode(value);

export const outgoing = (topic: string, partition: number, value: string, key = 'k'): OutgoingRecord => ({
  topic,
  partition,
  key: bytes(key),
  value: bytes(value),
  timestampMs: 1_700_000_000_000,
});

/** Deletes the records below an offset, as retention would. */
export async function truncate(topic: string, partition: number, before: number): Promise<void> {
  const admin = createKafka(testSettings(), silent, CLIENT_RETRY).admin();
  await admin.connect();
  try {
    // deleteTopicRecords goes by metadata it does not fetch.
    await admin.fetchTopicMetadata({ topics: [topic] });
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: `${before}` }] });
  } finally {
    await admin.disconnect();
  }
}

const PUT_OFF: ReadonlySet<string> = new Set([
  'NOT_COORDINATOR_FOR_GROUP',
  'GROUP_COORDINATOR_NOT_AVAILABLE',
  'GROUP_LOAD_IN_PROGRESS',
  'NOT_LEADER_FOR_PARTITION',
]);

/**
 * The error that a scene ends with; null for none. A broker without processor time for two seconds loses its partitions for a moment. Then it
 * refuses everything without a look at the transaction, and the scene is played again.
 */
export async function judgedError(scene: () => Promise<void>): Promise<unknown> {
  for (;;) {
    const error = await scene().then(
      () => null,
      (thrown: unknown) => thrown,
    );
    if (!errorTypes(error).some((type) => PUT_OFF.has(type))) return error;
  }
}
