import type { Broker } from 'kafkajs';
import { errorName } from './broker-errors';
import { RequestWriter, ResponseReader } from './protocol-bytes';
import { askBroker } from './wire-requests';

/**
 * Fetch, version 11. kafkajs' own fetch decompresses every batch without a bound; here the records stay bytes.
 *   request   = replica −1, wait int32, least int32, most int32, isolation int8, session 0, epoch −1, [topic], [] forgotten, rack ""
 *   topic     = name, [partition int32, leader epoch −1, offset int64, log start −1, most int32]
 *   response  = throttle int32, error int16, session int32, [name, [partition]]
 *   partition = index int32, error int16, high watermark int64, last stable offset int64, log start int64,
 *               [producer id int64, first offset int64] aborted, preferred replica int32, records (int32 length, bytes)
 */
const FETCH = { apiKey: 1, apiVersion: 11, apiName: 'Fetch' };
const READ_COMMITTED = 1;

export const OFFSET_OUT_OF_RANGE = 1;

export interface FetchQuestion {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

export interface FetchLimits {
  readonly maxWaitMs: number;
  readonly maxBytes: number;
  readonly maxBytesPerPartition: number;
}

export interface FetchedPartition {
  readonly topic: string;
  readonly partition: number;
  /** 0 for success. */
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly aborted: readonly { readonly producerId: bigint; readonly firstOffset: number }[];
  /** Record batches. The last one may be cut off. */
  readonly records: Buffer;
}

/** A broker's error for one partition. `type` has the names of kafkajs' own errors. */
export class FetchRefusal extends Error {
  override readonly name = 'FetchRefusal';
  readonly type: string;

  constructor({ topic, partition, errorCode }: Pick<FetchedPartition, 'topic' | 'partition' | 'errorCode'>) {
    const type = errorName(errorCode);
    super(`topic ${topic} partition ${partition} can't be fetched: ${type}`);
    this.type = type;
  }
}

/** Fetches records of many partitions from one broker, read-committed. The broker fills its answer in the order of the request. */
export async function fetchFrom(
  broker: Broker,
  questions: readonly FetchQuestion[],
  limits: FetchLimits,
): Promise<readonly FetchedPartition[]> {
  const answer = await askBroker(broker, FETCH, encodeFetch(questions, limits), decodeFetch);
  if (answer === null)
    throw new Error(`the broker does not take Fetch in version ${FETCH.apiVersion}: Kafka 2.3 or newer is needed`);
  const { errorCode, partitions } = answer;
  if (errorCode !== 0) throw new Error(`the broker refuses a fetch: ${errorName(errorCode)}`);
  return partitions;
}

function encodeFetch(questions: readonly FetchQuestion[], limits: FetchLimits): Buffer {
  const writer = new RequestWriter();
  writer.int32(-1).int32(limits.maxWaitMs).int32(1).int32(limits.maxBytes);
  writer
    .bytes(Buffer.from([READ_COMMITTED]))
    .int32(0)
    .int32(-1)
    .int32(questions.length);
  for (const { topic, partition, offset } of questions) {
    writer.plainText(topic).int32(1).int32(partition).int32(-1).int64(offset).int64(-1);
    writer.int32(limits.maxBytesPerPartition);
  }
  return writer.int32(0).plainText('').done();
}

/** Throws RangeError if the answer is too short. */
function decodeFetch(answer: Buffer): { errorCode: number; partitions: FetchedPartition[] } {
  const reader = new ResponseReader(answer);
  reader.int32();
  const errorCode = reader.int16();
  reader.int32();
  const topics = reader.plainArray(() => {
    const topic = reader.plainText();
    return reader.plainArray(() => decodePartition(reader, topic));
  });
  return { errorCode, partitions: topics.flat() };
}

function decodePartition(reader: ResponseReader, topic: string): FetchedPartition {
  const head = {
    topic,
    partition: reader.int32(),
    errorCode: reader.int16(),
    highWatermark: reader.int64(),
    lastStableOffset: reader.int64(),
  };
  reader.int64();
  const aborted = reader.plainArray(() => ({
    producerId: reader.bytes(8).readBigInt64BE(),
    firstOffset: reader.int64(),
  }));
  reader.int32();
  return { ...head, aborted, records: reader.bytes(Math.max(0, reader.int32())) };
}
