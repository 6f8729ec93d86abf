import type { OutgoingRecord } from '../../ports/log';
import { type BatchOrigin, batchRoom, writeBatch } from './record-batch-writer';
import { byTopic, type TopicPartition } from './topic-partition';
import { VersionReader, VersionWriter } from './version-fields';

/** Records of one partition, and the number of the first one. */
export interface PartitionBatch extends TopicPartition {
  readonly records: readonly OutgoingRecord[];
  readonly firstSequence: number;
}

export interface ProduceAnswer extends TopicPartition {
  /** 0 for success. */
  readonly errorCode: number;
  readonly detail: string | null;
}

export interface ProduceOrigin extends Omit<BatchOrigin, 'firstSequence' | 'isTransactional'> {
  readonly transactionalId: string | null;
  /** Transactions v2: the leader adds the partition to the transaction. */
  readonly isV2: boolean;
}

/** All in-sync replicas must have the records before they count as appended. */
const ALL = -1;
/** Longest wait of a leader for its replicas. */
const REPLICATION_MS = 30_000;

/** 7 is the oldest version of clients today. 12 stands for transactions v2, and only there a leader takes it in a transaction. */
export const produceKind = ({ isV2 }: ProduceOrigin) => ({
  apiKey: 0,
  apiVersion: isV2 ? 12 : 7,
  apiName: 'Produce',
});

const formOf = ({ isV2 }: ProduceOrigin) => ({ isFlexible: isV2 });

/** request = transactional id or null, acks: int16, time-out: int32, [topic, [partition: int32, batch]] */
export function encodeProduce(batches: readonly PartitionBatch[], origin: ProduceOrigin): Buffer {
  const { transactionalId } = origin;
  const writer = new VersionWriter(formOf(origin)).textOrNull(transactionalId).int16(ALL).int32(REPLICATION_MS);
  writer.list(byTopic(batches), ([topic, ofTopic]) => {
    writer.text(topic).list(ofTopic, ({ partition, records, firstSequence }) => {
      const buffer = Buffer.allocUnsafe(batchRoom(records));
      const end = writeBatch(buffer, 0, records, {
        ...origin,
        firstSequence,
        isTransactional: transactionalId !== null,
      });
      writer.int32(partition).records(buffer.subarray(0, end)).end();
    });
    writer.end();
  });
  return writer.done();
}

/**
 * response  = [topic, [partition]], throttle: int32
 * partition = index: int32, error: int16, first offset: int64, time of append: int64, log start: int64,
 *             (12: [record: int32, text or null], text or null)
 */
export function decodeProduce(answer: Buffer, origin: ProduceOrigin): ProduceAnswer[] {
  const reader = new VersionReader(answer, formOf(origin));
  const { fields } = reader;
  const topics = reader.list(() => {
    const topic = reader.text();
    const partitions = reader.list(() => {
      const head = { topic, partition: fields.int32(), errorCode: fields.int16() };
      for (let field = 0; field < 3; field++) fields.int64();
      const detail = origin.isV2 ? decodeDetail(reader) : null;
      reader.end();
      return { ...head, detail };
    });
    reader.end();
    return partitions;
  });
  return topics.flat();
}

function decodeDetail(reader: VersionReader): string | null {
  const ofRecords = reader.list(() => {
    const record = reader.fields.int32();
    const text = reader.textOrNull();
    reader.end();
    return `record ${record}: ${text ?? 'refused'}`;
  });
  return reader.textOrNull() ?? ofRecords[0] ?? null;
}
