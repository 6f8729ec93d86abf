import type { DeadLetterReason } from '../../domain/dead-letter';
import { CUSTOMERS_TOPIC, type CustomerEvent, KEYED_TOPICS } from '../../domain/event';
import type { EventDecoder } from '../../ports/event-decoder';
import type { LogBatch, LogReader, ReadPosition } from '../../ports/log';

export interface TopicHistoryPorts {
  readonly reader: LogReader;
  readonly events: EventDecoder;
  /** Called after each batch; throws to stop. */
  readonly onProgress?: (done: { readonly records: number; readonly of: number }) => void;
}

/** Everything the topics of customers hold, as far as they went when it was asked for. */
export interface TopicHistory {
  /** Profiles, each from when it was known, no earlier than the one that it takes the place of; and events. By event time, then topic, then partition, then offset, without repeats: however the fetches interleaved. */
  readonly events: readonly CustomerEvent[];
  readonly records: number;
  /** Records that are dead letters to the scorer, by reason. */
  readonly refused: ReadonlyMap<DeadLetterReason, number>;
  /** Offsets before the first one that the topics still hold. */
  readonly gone: number;
}

interface Part extends ReadPosition {
  readonly topicIndex: number;
  readonly end: number;
  readonly events: CustomerEvent[];
}

/**
 * Reads the topics of customers' events from the beginning to the ends that they have now. What comes later is not read, so that the history
 * is one that can be named. `topics` by TopicIndex; ticks are not read.
 */
export async function readTopicHistory(
  { reader, events, onProgress = () => {} }: TopicHistoryPorts,
  topics: readonly string[],
  partitions: number,
): Promise<TopicHistory> {
  const parts = await openParts(reader, topics, partitions);
  const of = parts.reduce((sum, { offset, end }) => sum + end - offset, 0);
  const done = new Map(parts.map((part) => [part, part.offset]));
  const refused = new Map<DeadLetterReason, number>();
  let records = 0;
  const take = async (batch: LogBatch): Promise<void> => {
    const part = parts.find(({ topic, partition }) => topic === batch.topic && partition === batch.partition)!;
    for (const { offset, key, value, timestampMs } of batch.records) {
      if (offset >= part.end) break;
      records++;
      const decoded = events.decodeEvent(part.topicIndex, part.partition, value, timestampMs, key);
      if (decoded.ok) part.events.push(decoded.value);
      else refused.set(decoded.reason, (refused.get(decoded.reason) ?? 0) + 1);
    }
    done.set(part, Math.min(batch.nextOffset, part.end));
    onProgress({ records: parts.reduce((sum, each) => sum + done.get(each)! - each.offset, 0), of });
  };
  await reader.readToEnd(
    parts.filter(({ offset, end }) => offset < end),
    take,
  );
  // Stable: what happened in one second stays in the order of the parts, and within one in that of the offsets.
  const ordered = parts.flatMap(placed).sort((a, b) => a.timeS - b.timeS);
  const kept = withoutRepeats(ordered);
  const repeats = ordered.length - kept.length;
  if (repeats > 0) refused.set('duplicate', repeats);
  return { events: kept, records, refused, gone: parts.reduce((sum, { offset }) => sum + offset, 0) };
}

/**
 * A profile never before an earlier one of its customer by offset: the later record wins, whatever its event time. Only the last of
 * those that share an instant is left of them.
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
 * The first of events that agree in customer, kind, id and event time. The scorer, which can't remember for ever, tells a repeat among a
 * customer's newest events only; here the whole second is at hand.
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
