import { type DeadLetter, type DeadLetterReason, isWhole } from '../../domain/dead-letter';
import { CUSTOMERS_TOPIC, TICK_TOPIC } from '../../domain/event';
import type { LogReader, OutgoingRecord } from '../../ports/log';
import type { DeadLetterCodec } from '../../serde/dead-letter-codec';
import type { EventCodec } from '../../serde/event-codec';
import { type PartitionHash, partitionOf } from '../../serde/event-rules';

/** A dead letter and where it lies in clv-dead-letters. */
export interface StoredLetter {
  readonly letter: DeadLetter;
  readonly at: { readonly partition: number; readonly offset: number };
}

export interface LetterFilter {
  readonly reason?: DeadLetterReason;
  /** Name of the topic that the record came from. */
  readonly topic?: string;
}

/** Header of a record that was written again: the position of its dead letter, `partition@offset`. */
export const PROVENANCE_HEADER = 'clv-dead-letter';

export interface LetterTopics {
  /** By TopicIndex. */
  readonly inputs: readonly string[];
  readonly deadLetters: string;
}

/** Every dead letter that the log still holds, partition by partition, in order. Throws where one can't be read. */
export async function readLetters(
  reader: LogReader,
  codec: DeadLetterCodec,
  { topic, partitions, filter }: { readonly topic: string; readonly partitions: number; readonly filter: LetterFilter },
  onLetter: (stored: StoredLetter) => void,
): Promise<void> {
  for (let partition = 0; partition < partitions; partition++) {
    const { start } = await reader.bounds(topic, partition);
    await reader.readToEnd([{ topic, partition, offset: start }], async ({ records }) => {
      for (const { offset, value } of records) {
        const decoded = codec.decode(value);
        if (!decoded.ok) throw new Error(`${topic} ${partition}@${offset}: ${decoded.detail}`);
        const letter = decoded.value;
        if (filter.reason !== undefined && letter.reason !== filter.reason) continue;
        if (filter.topic !== undefined && letter.topic !== filter.topic) continue;
        onLetter({ letter, at: { partition, offset } });
      }
    });
  }
}

/**
 * Letters whose record was written again before, by their position, with where it was written: read from the input topics themselves, so
 * it is known as long as they keep the record, whoever wrote it.
 */
export async function replayedBefore(
  reader: LogReader,
  topics: readonly string[],
  partitions: number,
): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for (const topic of topics) {
    for (let partition = 0; partition < partitions; partition++) {
      const { start } = await reader.bounds(topic, partition);
      await reader.readToEnd([{ topic, partition, offset: start }], async ({ records }) => {
        for (const { offset, headers } of records) {
          const provenance = headers?.[PROVENANCE_HEADER];
          if (provenance !== undefined) found.set(provenance, `${topic} ${partition}@${offset}`);
        }
      });
    }
  }
  return found;
}

/** Where the latest record of a customer lies in the topic of profiles. */
export interface HeldProfile {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
}

/**
 * By customer, what the topic of profiles says last of them: a letter from before it must not take its place. Only in the partition that
 * the customer hashes to: what lies elsewhere is a dead letter, the one to be replayed among them.
 */
export async function heldProfiles(
  reader: LogReader,
  topic: string,
  partitions: number,
  hash: PartitionHash,
): Promise<Map<string, HeldProfile>> {
  const held = new Map<string, HeldProfile>();
  for (let partition = 0; partition < partitions; partition++) {
    const { start } = await reader.bounds(topic, partition);
    await reader.readToEnd([{ topic, partition, offset: start }], async ({ records }) => {
      for (const { key, offset, timestampMs } of records) {
        if (key === null) continue;
        const customerId = Buffer.from(key).toString('utf8');
        const owning = partitionOf(customerId, partitions, hash);
        if (owning < 0 || owning === partition) held.set(customerId, { partition, offset, timestampMs });
      }
    });
  }
  return held;
}

export interface ReplayRules {
  readonly topics: LetterTopics;
  readonly partitions: number;
  readonly hash: PartitionHash;
  /** With the deployment's rules of today, but trusting the partition. */
  readonly events: EventCodec;
  /** By customer. */
  readonly profiles: ReadonlyMap<string, HeldProfile>;
}

export type ReplayPlan =
  | { readonly ok: true; readonly record: OutgoingRecord }
  | { readonly ok: false; readonly why: string };

/**
 * What to write for a letter: the original bytes, key and timestamp into the original topic, at the partition that the customer hashes to
 * today. A record that would become a dead letter again is not written: mend its cause (a schema, a setting) first, or its producer.
 */
export function planReplay({ letter, at }: StoredLetter, rules: ReplayRules): ReplayPlan {
  const { topic, key, value, timestampMs } = letter;
  const index = rules.topics.inputs.indexOf(topic);
  if (index < 0) return { ok: false, why: `${topic} is no input topic of this deployment` };
  if (!isWhole(letter)) return { ok: false, why: notWhole(letter) };
  const partition = partitionNow(index, letter, rules);
  if (typeof partition !== 'number') return { ok: false, why: partition.why };
  const headers = { [PROVENANCE_HEADER]: positionOf(at) };
  return { ok: true, record: { topic, partition, key, value, timestampMs, headers } };
}

function notWhole({ topic, partition, offset, lastOffset = offset, originalBytes, value }: DeadLetter): string {
  const where = `${topic} ${partition}@${offset}`;
  if (lastOffset > offset || value === null) {
    return `it stands for ${where} to ${lastOffset}, a batch of ${originalBytes} bytes that could not be read; send its records again from their source`;
  }
  return `its bytes are not whole: ${value.length} of ${originalBytes} were kept; take the record from ${where}, or send it again from its source`;
}

export function positionOf({ partition, offset }: StoredLetter['at']): string {
  return `${partition}@${offset}`;
}

function partitionNow(
  index: number,
  { partition, offset, key, value, timestampMs }: DeadLetter,
  { partitions, hash, events, profiles }: ReplayRules,
): number | { why: string } {
  if (index === TICK_TOPIC) {
    const decoded = events.decodeTick(value, timestampMs);
    return decoded.ok ? partition : { why: `still ${decoded.reason}: ${decoded.detail}` };
  }
  const decoded = events.decodeEvent(index, partition, value, timestampMs, key);
  if (!decoded.ok) return { why: `still ${decoded.reason}: ${decoded.detail}` };
  const { customerId } = decoded.value;
  // The last record of a table stands. Its own writing again is such a record too, also once compaction has taken its provenance.
  const held = index === CUSTOMERS_TOPIC ? profiles.get(customerId) : undefined;
  if (held && (held.partition === partition ? held.offset > offset : held.timestampMs >= timestampMs)) {
    const where = positionOf({ partition: held.partition, offset: held.offset });
    return { why: `customer ${customerId} has a later record at ${where}, which this one would take the place of` };
  }
  const owning = partitionOf(customerId, partitions, hash);
  return owning < 0 ? partition : owning;
}
