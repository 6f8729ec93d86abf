import type { LogRecord } from '../../ports/log';
import { type PartitionHash, partitionOf } from '../../serde/event-rules';
import { partitionerFix } from '../../services/scorer/copartition-notices';
import { type Finding, ok, warning } from './finding';

/** One of the newest records of a topic. */
export interface SampledRecord {
  readonly partition: number;
  readonly record: LogRecord;
}

/** The newest records of the topics that are keyed by customer, by name. */
export type Sample = ReadonlyMap<string, readonly SampledRecord[]>;

/** Whether the producers partition as the settings say. */
export function judgePartitioner(sample: Sample, partitions: number, partitioner: PartitionHash): Finding[] {
  if (partitioner === 'arrival') {
    return [ok('partitioner', 'CLV_PARTITIONER=arrival: the partition of each record is trusted')];
  }
  const findings: Finding[] = [];
  let records = 0;
  for (const [topic, sampled] of sample) {
    records += sampled.length;
    const misplaced = sampled.filter(
      ({ partition, record: { key } }) => !isPlaced(key, partition, partitions, partitioner),
    );
    if (misplaced.length === 0) continue;
    const keys = misplaced.map(({ partition, record: { key } }) => ({ partition, key }));
    findings.push(
      warning(
        'partitioner',
        `${misplaced.length} of the ${sampled.length} newest records of ${topic} do not lie where ${partitioner} places their key: they become dead letters`,
        partitionerFix(keys, partitions, partitioner),
      ),
    );
  }
  if (findings.length > 0) return findings;
  if (records === 0)
    return [
      ok('partitioner', `no records yet; CLV_PARTITIONER=${partitioner} is for producers of ${CLIENTS[partitioner]}`),
    ];
  return [ok('partitioner', `the newest ${records} records lie where ${partitioner} places their keys`)];
}

const CLIENTS = { murmur2: 'Java and kafkajs', crc32: 'librdkafka (Python, Go, C#)' } as const;

function isPlaced(key: Uint8Array | null, partition: number, partitions: number, hash: PartitionHash): boolean {
  return key !== null && partitionOf(new TextDecoder().decode(key), partitions, hash) === partition;
}

/** Whether the newest records can be used. `refusal` returns the reason and a sentence, or null. Wrong partitions are not its business. */
export function judgeRecords(
  sample: Sample,
  refusal: (topic: string, sampled: SampledRecord) => { readonly reason: string; readonly detail: string } | null,
): Finding[] {
  const findings: Finding[] = [];
  let records = 0;
  for (const [topic, sampled] of sample) {
    records += sampled.length;
    const refused = sampled.flatMap((each) => refusal(topic, each) ?? []);
    const [first] = refused;
    if (first === undefined) continue;
    findings.push(
      warning(
        'records',
        `${refused.length} of the ${sampled.length} newest records of ${topic} can't be used, the first because: ${first.reason}, ${first.detail}`,
        'correct the producer, then clv-stream dead-letters list shows each record that was refused',
      ),
    );
  }
  return findings.length > 0 || records === 0 ? findings : [ok('records', `the newest ${records} records can be used`)];
}
