import type { TopicIndex } from '../domain/event';
import type { DeadLetterCodec } from './dead-letter-codec';

/**
 * The records that were refused because their timestamps were in the future, as the published dead letters name them. A clock decided that
 * once. Whoever reads the log again looks the decision up here, because the clock has moved on.
 */
export class TimeRefusals {
  /** The record's timestamp, by `topic/partition/offset`. */
  private readonly timestamps = new Map<string, number>();

  constructor(
    private readonly codec: DeadLetterCodec,
    /** Names of the input topics, by TopicIndex. */
    private readonly topics: readonly string[],
  ) {}

  /** Takes records of clv-dead-letters. One that can't be read names no position; the audit reports it. */
  take(records: readonly { readonly value: Uint8Array | null }[]): void {
    for (const { value } of records) {
      const decoded = this.codec.decode(value);
      if (!decoded.ok || decoded.value.reason !== 'timestamp-ahead') continue;
      const { topic, partition, offset, timestampMs } = decoded.value;
      this.timestamps.set(positionOf(this.topics.indexOf(topic), partition, offset), timestampMs);
    }
  }

  /** The timestamp is compared, because a topic that was created again has the same positions. */
  has(topic: TopicIndex, partition: number, offset: number, timestampMs: number): boolean {
    return this.timestamps.get(positionOf(topic, partition, offset)) === timestampMs;
  }
}

function positionOf(topic: TopicIndex, partition: number, offset: number): string {
  return `${topic}/${partition}/${offset}`;
}
