import type { OffsetVector } from '../../domain/event';
import type { OutgoingRecord } from '../../ports/log';
import type { OutboxRecord } from '../../ports/state-store';
import { DeadLetterCodec } from '../../serde/dead-letter-codec';
import { EMITTED_HEADER, encodeEmitted } from './emitted-header';
import { encodeMark } from './emitted-offsets';
import type { LeaderEpochs } from './leader-epochs';
import type { PublisherSettings } from './settings';
import type { OffsetMove } from './transactions';

/** When and by which transaction a record is written. */
export interface Writing {
  readonly partition: number;
  /** Becomes the record's timestamp: retention and compaction count from the writing, not from the input's own time. */
  readonly atMs: number;
  /** The emitted offsets as the record's own transaction moves them; null without a transaction: then the record proves nothing. */
  readonly commits: OffsetVector | null;
}

/** An outbox record as a record of the topic of its kind, in the machine's partition. */
export const toOutgoing = (
  record: OutboxRecord,
  settings: PublisherSettings,
  { partition, atMs, commits }: Writing,
): OutgoingRecord => ({
  topic: record.kind === 'update' ? settings.updatesTopic : settings.deadLettersTopic,
  partition,
  key: record.key,
  value: record.value,
  timestampMs: atMs,
  ...(commits === null
    ? {}
    : { headers: { [EMITTED_HEADER]: encodeEmitted(settings.groupId, settings.logs, commits) } }),
});

/** E(p) as offsets of the group, each with its mark. `withRecords`: whether the same transaction holds records. */
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
 * The records with dead letters cut to what the topic takes now. They were cut when they were made; this mends outboxes of before that, and of
 * a topic that takes less than it did.
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
