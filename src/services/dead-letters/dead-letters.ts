import { type DeadLetter, type DeadLetterReason, isWhole } from '../../domain/dead-letter';
import { CUSTOMERS_TOPIC, TICK_TOPIC } from '../../domain/event';
import { instant, isAheadOfClock } from '../../domain/time-rule';
import type { LogReader, OutgoingRecord } from '../../ports/log';
import type { DeadLetterCodec } from '../../serde/dead-letter-codec';
import type { EventCodec } from '../../serde/event-codec';
import { type PartitionHash, partitionOf } from '../../serde/event-rules';

/** A dead letter and its position in clv-dead-letters. */
export interface StoredLetter {
  readonly letter: DeadLetter;
  readonly at: { readonly partition: number; readonly offset: number };
}

export interface LetterFilter {
  readonly reason?: DeadLetterReason;
  /** Name of the record's original topic. */
  readonly topic?: string;
}

/** Header of a replayed record: the position of its dead letter, `partition@offset`. */
export const PROVENANCE_HEADER = 'clv-dead-letter';

export interface LetterTopics {
  /** By TopicIndex. */
  readonly inputs: readonly string[];
  readonly deadLetters: string;
}

/** Every dead letter in the log, partition by partition, in offset order. Throws if one can't be read. */
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
 * Letters whose record was replayed before, by their position, with the position of the replayed record. It is read from the input
 * topics, so it covers replays by any process, as long as the topics keep the record.
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

/** Position of a customer's latest record in the topic of profiles. */
export interface HeldProfile {
  readonly partition: number;
  readonly offset: number;
  readonly timestampMs: number;
}

/**
 * The latest profile of each customer in the topic of profiles: an older letter must not replace it. Only the partition that the
 * customer hashes to counts. A record in another partition is a dead letter itself, possibly the one to replay.
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
  /** Codec with the deployment's current rules, except that it accepts any partition. */
  readonly events: EventCodec;
  /** The local clock, and the tolerance of the rule of time, ms. */
  readonly nowMs: number;
  readonly maxFutureMs: number;
  /** By customer. */
  readonly profiles: ReadonlyMap<string, HeldProfile>;
}

export type ReplayPlan =
  | { readonly ok: true; readonly record: OutgoingRecord }
  | { readonly ok: false; readonly why: string };

/**
 * The record to write for a letter: original bytes, key and timestamp, in the original topic, at the partition that the customer
 * hashes to now. A record that would become a dead letter again is not written: repair its cause (a schema, a setting) or its
 * producer first.
 */
export function planReplay({ letter, at }: StoredLetter, rules: ReplayRules): ReplayPlan {
  const { topic, key, value, timestampMs } = letter;
  const index = rules.topics.inputs.indexOf(topic);
  if (index < 0) return { ok: false, why: `${topic} is not an input topic of this deployment` };
  if (!isWhole(letter)) return { ok: false, why: notWhole(letter) };
  if (isAheadOfClock(timestampMs, rules.nowMs, rules.maxFutureMs)) return { ok: false, why: stillAhead(timestampMs) };
  const partition = partitionNow(index, letter, rules);
  if (typeof partition !== 'number') return { ok: false, why: partition.why };
  const headers = { [PROVENANCE_HEADER]: positionOf(at) };
  return { ok: true, record: { topic, partition, key, value, timestampMs, headers } };
}

function stillAhead(timestampMs: number): string {
  return `still timestamp-ahead: a replay keeps the timestamp, ${instant(timestampMs)}; send the record again from its source`;
}

function notWhole({ topic, partition, offset, lastOffset = offset, originalBytes, value }: DeadLetter): string {
  const where = `${topic} ${partition}@${offset}`;
  if (lastOffset > offset || value === null) {
    return `it represents ${where} to ${lastOffset}, a batch of ${originalBytes} bytes that could not be read; send its records again from their source`;
  }
  return `its bytes are incomplete: ${value.length} of ${originalBytes} were kept; copy the record from ${where}, or send it again from its source`;
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
  // In a table the last record wins. An earlier replay of this letter counts as one too, even if compaction has removed its header.
  const held = index === CUSTOMERS_TOPIC ? profiles.get(customerId) : undefined;
  if (held && (held.partition === partition ? held.offset > offset : held.timestampMs >= timestampMs)) {
    const where = positionOf({ partition: held.partition, offset: held.offset });
    return { why: `customer ${customerId} has a later record at ${where}, which this one would replace` };
  }
  const owning = partitionOf(customerId, partitions, hash);
  return owning < 0 ? partition : owning;
}
