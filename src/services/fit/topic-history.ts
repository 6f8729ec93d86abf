import type { DeadLetterReason } from '../../domain/dead-letter';
import { CUSTOMERS_TOPIC, type CustomerEvent, KEYED_TOPICS } from '../../domain/event';
import type { EventDecoder } from '../../ports/event-decoder';
import type { LogBatch, LogReader, ReadPosition } from '../../ports/log';
import type { TimeDecisions } from '../time/time-decisions';

export interface TopicHistoryPorts {
  readonly reader: LogReader;
  readonly events: EventDecoder;
  /** Default: every timestamp is accepted, for streams that are made up. */
  readonly times?: TimeDecisions;
  /** Called after each batch. It may throw to stop the reading. */
  readonly onProgress?: (done: { readonly records: number; readonly of: number }) => void;
}

/** The content of the input topics up to the ends that they had at the start of the reading. */
export interface TopicHistory {
  /**
   * Events and profiles, without repeats, ordered by event time, topic, partition and offset. So the order does not depend on the
   * fetches. A profile is never earlier than the one that it replaces.
   */
  readonly events: readonly CustomerEvent[];
  readonly records: number;
  /** Number of records that the scorer would turn into dead letters, by reason. */
  readonly refused: ReadonlyMap<DeadLetterReason, number>;
  /** Number of offsets that retention has deleted at the beginning of the topics. */
  readonly gone: number;
}

interface Part extends ReadPosition {
  readonly topicIndex: number;
  readonly end: number;
  readonly events: CustomerEvent[];
}

/**
 * Reads the input topics from the beginning to their current ends. Later records are not read, so the history is well defined.
 * `topics` by TopicIndex. Ticks are not read.
 */
export async function readTopicHistory(
  { reader, events, times, onProgress = () => {} }: TopicHistoryPorts,
  topics: readonly string[],
  partitions: number,
): Promise<TopicHistory> {
  const parts = await openParts(reader, topics, partitions);
  const of = parts.reduce((sum, { offset, end }) => sum + end - offset, 0);
  const done = new Map(parts.map((part) => [part, part.offset]));
  const refused = new Map<DeadLetterReason, number>();
  let records = 0;
  const refuse = (reason: DeadLetterReason) => refused.set(reason, (refused.get(reason) ?? 0) + 1);
  const take = async (batch: LogBatch): Promise<void> => {
    const part = parts.find(({ topic, partition }) => topic === batch.topic && partition === batch.partition)!;
    const ahead = await times?.refused(part.topicIndex, batch, new AbortController().signal);
    for (const { offset, key, value, timestampMs } of batch.records) {
      if (offset >= part.end) break;
      records++;
      const decoded = events.decodeEvent(part.topicIndex, part.partition, value, timestampMs, key);
      if (!decoded.ok) refuse(decoded.reason);
      else if (ahead?.has(offset)) refuse('timestamp-ahead');
      else part.events.push(decoded.value);
    }
    times?.passed(part.topicIndex, part.partition, batch.nextOffset);
    done.set(part, Math.min(batch.nextOffset, part.end));
    onProgress({ records: parts.reduce((sum, each) => sum + done.get(each)! - each.offset, 0), of });
  };
  await times?.open(parts);
  await reader.readToEnd(
    parts.filter(({ offset, end }) => offset < end),
    take,
  );
  // The sort is stable: events of one second stay in the order of the parts, and within a part in offset order.
  const ordered = parts.flatMap(placed).sort((a, b) => a.timeS - b.timeS);
  const kept = withoutRepeats(ordered);
  const repeats = ordered.length - kept.length;
  if (repeats > 0) refused.set('duplicate', repeats);
  return { events: kept, records, refused, gone: parts.reduce((sum, { offset }) => sum + offset, 0) };
}

/**
 * Moves a profile to the time of its customer's earlier ones if it is older than them: the record with the higher offset wins.
 * If several profiles then have the same time, only the last is kept.
 */
function placed({ topicIndex, events }: Part): readonly CustomerEvent[] {
  if (topicIndex !== CUSTOMERS_TOPIC) return events;
  const latestS = new Map<string, number>();
  const byInstant = new Map<string, CustomerEvent>();
  for (const event of events) {
    const timeS = Math.max(event.timeS, latestS.get(event.customerId) ?? event.timeS);
    latestS.set(event.customerId, timeS);
    byInstant.set(`${timeS} ${event.customerId}`, { ...event, timeS });
  }
  return [...byInstant.values()];
}

async function openParts(reader: LogReader, topics: readonly string[], partitions: number): Promise<Part[]> {
  const parts: Part[] = [];
  for (const topicIndex of KEYED_TOPICS) {
    const topic = topics[topicIndex]!;
    for (let partition = 0; partition < partitions; partition++) {
      const { start, end } = await reader.bounds(topic, partition);
      parts.push({ topicIndex, topic, partition, offset: start, end, events: [] });
    }
  }
  return parts;
}

/**
 * Keeps the first of the events with the same customer, kind, id and event time. The scorer has bounded memory and detects repeats
 * among a customer's newest events only. Here all events of a second are available.
 */
function withoutRepeats(ordered: readonly CustomerEvent[]): CustomerEvent[] {
  const kept: CustomerEvent[] = [];
  const second = new Set<string>();
  let timeS = Number.NaN;
  for (const event of ordered) {
    if (event.timeS !== timeS) second.clear();
    timeS = event.timeS;
    const identity = JSON.stringify([event.customerId, event.kind, event.eventId]);
    if (second.has(identity)) continue;
    second.add(identity);
    kept.push(event);
  }
  return kept;
}
