import type { Broker } from 'kafkajs';
import { FetchRefusal } from './fetch-request';
import { askBroker, ByteReader, ByteWriter } from './wire-requests';

/**
 * OffsetForLeaderEpoch, version 3 (Kafka 2.3), which kafkajs does not have.
 *   request   = replica −1, [topic]
 *   topic     = name, [partition int32, current leader epoch −1, leader epoch int32]
 *   response  = throttle int32, [name, [partition]]
 *   partition = error int16, index int32, leader epoch int32, end offset int64
 */
const OFFSET_FOR_LEADER_EPOCH = 23;
const VERSION = 3;

export interface EpochQuestion {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
}

export interface EpochAnswer {
  readonly topic: string;
  readonly partition: number;
  /** The largest epoch, up to the one asked for, that the leader's log knows; −1 where it knows none. */
  readonly epoch: number;
  /** Where the records of that epoch, or of one that is missing here, end in the leader's log; −1 as above. */
  readonly end: number;
}

const TOPIC_AUTHORIZATION_FAILED = 29;

/**
 * Where each epoch ends in the log of the leader, which must be this broker. Null where the broker does not have the request or the topics
 * may not be described. Throws {@link FetchRefusal} where it does not lead a partition.
 */
export async function endsOfEpochs(
  broker: Broker,
  questions: readonly EpochQuestion[],
): Promise<readonly EpochAnswer[] | null> {
  const payload = encodeRequest(questions);
  const answer = await askBroker(
    broker,
    OFFSET_FOR_LEADER_EPOCH,
    VERSION,
    'OffsetForLeaderEpoch',
    payload,
    decodeResponse,
  );
  if (answer === null || answer.some(({ errorCode }) => errorCode === TOPIC_AUTHORIZATION_FAILED)) return null;
  const refused = answer.find(({ errorCode }) => errorCode !== 0);
  if (refused !== undefined) throw new FetchRefusal(refused);
  return answer;
}

export function encodeRequest(questions: readonly EpochQuestion[]): Buffer {
  const writer = new ByteWriter().int32(-1).int32(questions.length);
  for (const { topic, partition, epoch } of questions)
    writer.plainText(topic).int32(1).int32(partition).int32(-1).int32(epoch);
  return writer.done();
}

/** Throws RangeError where the answer ends too early. */
export function decodeResponse(response: Buffer): (EpochAnswer & { readonly errorCode: number })[] {
  const reader = new ByteReader(response);
  reader.int32();
  const topics = reader.plainArray(() => {
    const topic = reader.plainText();
    return reader.plainArray(() => {
      const errorCode = reader.int16();
      return { topic, errorCode, partition: reader.int32(), epoch: reader.int32(), end: reader.int64() };
    });
  });
  return topics.flat();
}
