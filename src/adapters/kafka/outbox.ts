import type { OffsetVector } from '../../domain/event';
import type { OutgoingRecord } from '../../ports/log';
import type { OutboxRecord } from '../../ports/state-store';
import { DeadLetterCodec } from '../../serde/dead-letter-codec';
import { EMITTED_HEADER, encodeEmitted } from './emitted-header';
import { encodeMark } from './emitted-offsets';
import type { LeaderEpochs } from './leader-epochs';
import type { PublisherSettings } from './settings';
import type { OffsetMove } from './transaction-requests';

/** The time and the transaction in which a record is written. */
export interface Writing {
  readonly partition: number;
  /** Becomes the record's timestamp. Retention and compaction count from the time of writing, not from the input's event time. */
  readonly atMs: number;
  /** One object for all records of a transaction. Absent without a transaction: then the record proves nothing. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Headers of the records whose transaction commits these emitted offsets. */
export const emittedHeaders = ({ groupId, logs }: PublisherSettings, commits: OffsetVector) => ({
  [EMITTED_HEADER]: encodeEmitted(groupId, logs, commits),
});

/** Converts an outbox record to a record of its kind's topic, in the machine's partition. */
export const toOutgoing = (
  record: OutboxRecord,
  settings: PublisherSettings,
  { partition, atMs, headers }: Writing,
): OutgoingRecord => ({
  topic: record.kind === 'update' ? settings.updatesTopic : settings.deadLettersTopic,
  partition,
  key: record.key,
  value: record.value,
  timestampMs: atMs,
  ...(headers === undefined ? {} : { headers }),
});

/** E(p), the emitted offsets, as offsets of the group, each with its mark. `withRecords`: whether the same transaction holds records. */
export const emittedMoves = (
  { inputTopics, epochs }: PublisherSettings,
  partition: number,
  emitted: OffsetVector,
  withRecords: boolean,
): OffsetMove[] =>
  inputTopics.map((topic, index) => {
    const offset = emitted[index] ?? 0;
    const epoch = epochBefore(epochs, topic, partition, offset);
    return { topic, partition, offset, metadata: encodeMark({ withRecords, epoch }) };
  });

function epochBefore(
  epochs: LeaderEpochs | undefined,
  topic: string,
  partition: number,
  offset: number,
): number | null {
  const mark = epochs?.at(topic, partition, offset) ?? null;
  return mark?.offset === offset ? mark.epoch : null;
}

const letters = new DeadLetterCodec();

/**
 * Cuts dead letters again to the topic's current limit. They were cut when they were made. This covers outboxes from before that feature,
 * and a topic whose limit was lowered since.
 */
export function withLettersWithin(records: readonly OutboxRecord[], maxBytes: number): readonly OutboxRecord[] {
  const isTooLarge = ({ kind, key, value }: OutboxRecord) =>
    kind === 'dead-letter' && (key?.length ?? 0) + value.length > maxBytes;
  if (!records.some(isTooLarge)) return records;
  return records.map((record) => {
    const decoded = isTooLarge(record) ? letters.decode(record.value) : null;
    return decoded?.ok ? { ...record, ...letters.encodeWithin(decoded.value, maxBytes) } : record;
  });
}
