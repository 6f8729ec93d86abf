import { Kafka, logLevel } from 'kafkajs';
import { EVENT_TOPICS, INPUT_ROLES } from '../../src/domain/event';
import type { Deployment } from '../support/deployment';
import { until } from '../support/process';
import { type RawRecord, readPartition } from './verdict/kcat';
import type { EventRole } from './verdict/wire';

/**
 * Deletes records of input topics, as retention does, and keeps what it deletes, so that the verdict still covers every record that was
 * ever written.
 */
export class Retention {
  private readonly taken = new Map<string, RawRecord[]>();
  /** By partition: what every state that a snapshot may bring back has folded; null until the first snapshot. */
  private folded: readonly (readonly number[])[] | null = null;

  constructor(private readonly deployment: Deployment) {}

  /** Call before a snapshot of Redis is taken: no state will ever go back behind what is folded now. */
  async noteSnapshot(): Promise<void> {
    const { platform, settings } = this.deployment;
    const reader = platform.stateReader();
    const partitions = Array.from({ length: settings.CLV_PARTITIONS }, (_, partition) => partition);
    // Redis has just been hurt, or is busy coming back: asked until it answers.
    await until('Redis says what is folded', async () => {
      const folded = await Promise.all(partitions.map((partition) => reader.folded(partition))).catch(() => null);
      if (folded !== null) this.folded = folded.map((offsets) => offsets ?? []);
      return folded !== null;
    });
    await reader.close();
  }

  /** Deletes all that is folded for good from one topic; returns how many records. */
  async takeFolded(topic: number): Promise<number> {
    let taken = 0;
    for (const [partition, folded] of (this.folded ?? []).entries()) {
      taken += await this.take(topic, partition, folded[topic] ?? 0);
    }
    return taken;
  }

  /** Deletes below an offset; returns how many records. */
  async take(topic: number, partition: number, before: number): Promise<number> {
    const { platform, settings } = this.deployment;
    const name = platform.topics.inputs[topic]!;
    const kept = this.kept(topic, partition);
    const next = (kept.at(-1)?.offset ?? -1) + 1;
    if (before <= next) return 0;
    const brokers = settings.KAFKA_BROKERS;
    const add = (record: RawRecord) => record.offset >= next && record.offset < before && kept.push(record);
    await readPartition(brokers.join(','), name, partition, add);
    await deleteRecords(brokers, name, partition, before);
    return before - next;
  }

  /** What was deleted of a topic, oldest first. */
  readonly keptRecords = (role: EventRole, partition: number): readonly RawRecord[] =>
    this.kept(INPUT_ROLES.indexOf(role), partition);

  private kept(topic: number, partition: number): RawRecord[] {
    const key = `${topic} ${partition}`;
    let records = this.taken.get(key);
    if (records === undefined) {
      records = [];
      this.taken.set(key, records);
    }
    return records;
  }
}

/** One of the topics of customers' events. */
export const drawEventTopic = (random: () => number): number =>
  EVENT_TOPICS[Math.floor(random() * EVENT_TOPICS.length)]!;

async function deleteRecords(brokers: readonly string[], topic: string, partition: number, before: number) {
  const admin = new Kafka({ brokers: [...brokers], clientId: 'chaos', logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    // deleteTopicRecords goes by metadata it does not fetch.
    await admin.fetchTopicMetadata({ topics: [topic] });
    await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: `${before}` }] });
  } finally {
    await admin.disconnect();
  }
}
