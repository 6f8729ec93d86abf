import { PartitionAudit, type PartitionVerdict } from '../../domain/audit';
import { EVENT_TOPIC_COUNT } from '../../domain/event';
import type { LogBounds, LogReader } from '../../ports/log';
import type { DeadLetterCodec } from '../../serde/dead-letter-codec';
import type { EventCodec } from '../../serde/event-codec';
import type { UpdateCodec } from '../../serde/update-codec';

export interface AuditPorts {
  readonly reader: LogReader;
  readonly events: EventCodec;
  readonly updates: UpdateCodec;
  readonly deadLetters: DeadLetterCodec;
}

export interface AuditTopics {
  /** Names of the event topics, by TopicIndex. */
  readonly events: readonly string[];
  readonly updates: string;
  readonly deadLetters: string;
}

/**
 * Reads the topics, and nothing else, and says what became of every input position. `emitted`: per partition the offsets that are not
 * published yet (the rest is pending); null to demand an outcome of every position.
 */
export async function auditTopics(
  ports: AuditPorts,
  topics: AuditTopics,
  partitions: number,
  emitted: ((partition: number) => Promise<readonly number[] | null>) | null = null,
  onPartition: (verdict: PartitionVerdict) => void = () => undefined,
): Promise<PartitionVerdict[]> {
  const verdicts: PartitionVerdict[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const verdict = await auditPartition(ports, topics, partition, (await emitted?.(partition)) ?? null);
    verdicts.push(verdict);
    onPartition(verdict);
  }
  return verdicts;
}

async function auditPartition(
  ports: AuditPorts,
  topics: AuditTopics,
  partition: number,
  emitted: readonly number[] | null,
): Promise<PartitionVerdict> {
  const { reader } = ports;
  // The inputs' ends first: whatever is published later than this belongs to later positions.
  const ranges: LogBounds[] = [];
  for (const topic of topics.events) ranges.push(await reader.bounds(topic, partition));
  const audit = new PartitionAudit(partition, ranges, emitted);
  await readOutcomes(ports, topics, partition, audit);
  for (let index = 0; index < EVENT_TOPIC_COUNT; index++) {
    const topic = topics.events[index]!;
    await reader.readToEnd([{ topic, partition, offset: ranges[index]!.start }], async ({ records }) => {
      for (const record of records) {
        const decoded = ports.events.decodeEvent(index, partition, record.value, record.timestampMs);
        audit.addInput(index, record.offset, decoded.ok ? decoded.value.customerId : null);
      }
    });
  }
  return audit.verdict();
}

async function readOutcomes(
  ports: AuditPorts,
  topics: AuditTopics,
  partition: number,
  audit: PartitionAudit,
): Promise<void> {
  const { reader } = ports;
  const updatesFrom = (await reader.bounds(topics.updates, partition)).start;
  await reader.readToEnd([{ topic: topics.updates, partition, offset: updatesFrom }], async ({ records }) => {
    for (const record of records) {
      if (record.value === null) continue; // a tombstone of a deleted customer
      const decoded = ports.updates.decode(record.value);
      if (!decoded.ok) throw new Error(`${topics.updates} ${partition}@${record.offset}: ${decoded.detail}`);
      audit.addUpdate(decoded.value);
    }
  });
  const lettersFrom = (await reader.bounds(topics.deadLetters, partition)).start;
  await reader.readToEnd([{ topic: topics.deadLetters, partition, offset: lettersFrom }], async ({ records }) => {
    for (const record of records) {
      const decoded = ports.deadLetters.decode(record.value);
      if (!decoded.ok) throw new Error(`${topics.deadLetters} ${partition}@${record.offset}: ${decoded.detail}`);
      audit.addDeadLetter(topics.events.indexOf(decoded.value.topic), decoded.value.offset);
    }
  });
}
