import type { AuditScope, PartitionAuditor, PartitionVerdict } from '../../domain/audit/audit';
import { CoalescedAudit } from '../../domain/audit/audit-coalesced';
import { EveryAudit } from '../../domain/audit/audit-every';
import { EVENT_TOPICS } from '../../domain/event';
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
  /** Names of the input topics, by TopicIndex; ticks are not audited. */
  readonly inputs: readonly string[];
  readonly updates: string;
  readonly deadLetters: string;
}

export interface AuditOptions {
  /** How the updates were written; `coalesced` judges any mode, by counts alone. */
  readonly emission: 'every' | 'coalesced';
  /** Per partition the offsets that are not published yet (the rest is pending); null to demand an outcome of every position. */
  readonly emitted: ((partition: number) => Promise<readonly number[] | null>) | null;
  /** Updates of records younger than this can't have been compacted away, ms since the epoch; −Infinity where none can. */
  readonly updatesKeptSinceMs: number;
  readonly onPartition?: (verdict: PartitionVerdict) => void;
}

/** Reads the topics, and nothing else, and says what became of every input position. */
export async function auditTopics(
  ports: AuditPorts,
  topics: AuditTopics,
  partitions: number,
  options: AuditOptions,
): Promise<PartitionVerdict[]> {
  const verdicts: PartitionVerdict[] = [];
  for (let partition = 0; partition < partitions; partition++) {
    const verdict = await auditPartition(ports, topics, partition, options);
    verdicts.push(verdict);
    options.onPartition?.(verdict);
  }
  return verdicts;
}

async function auditPartition(
  ports: AuditPorts,
  topics: AuditTopics,
  partition: number,
  { emission, emitted, updatesKeptSinceMs }: AuditOptions,
): Promise<PartitionVerdict> {
  const { reader } = ports;
  const startOf = async (topic: string) => (await reader.bounds(topic, partition)).start;
  // E and the inputs' ends first: whatever is published later than this belongs to later positions.
  const published = emitted === null ? null : ((await emitted(partition)) ?? topics.inputs.map(() => 0));
  const ranges: LogBounds[] = topics.inputs.map(() => ({ start: 0, end: 0 }));
  for (const index of EVENT_TOPICS) ranges[index] = await reader.bounds(topics.inputs[index]!, partition);
  const scope: AuditScope = {
    ranges,
    emitted: published,
    updatesKeptSinceMs,
    updatesCut: (await startOf(topics.updates)) > 0,
    deadLettersCut: (await startOf(topics.deadLetters)) > 0,
  };
  const audit = emission === 'every' ? new EveryAudit(partition, scope) : new CoalescedAudit(partition, scope);
  await readOutcomes(ports, topics, partition, audit);
  for (const index of EVENT_TOPICS) {
    const topic = topics.inputs[index]!;
    await reader.readToEnd([{ topic, partition, offset: ranges[index]!.start }], async ({ records }) => {
      for (const { offset, value, timestampMs } of records) {
        const decoded = ports.events.decodeEvent(index, partition, value, timestampMs);
        audit.addInput(index, offset, decoded.ok ? decoded.value.customerId : null, timestampMs);
      }
    });
  }
  return audit.verdict();
}

async function readOutcomes(
  ports: AuditPorts,
  topics: AuditTopics,
  partition: number,
  audit: PartitionAuditor,
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
      audit.addDeadLetter(topics.inputs.indexOf(decoded.value.topic), decoded.value.offset);
    }
  });
}
