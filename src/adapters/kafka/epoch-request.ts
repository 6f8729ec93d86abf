import type { Broker } from 'kafkajs';
import { RequestWriter, ResponseReader } from './protocol-bytes';
import { askBroker } from './wire-requests';

/**
 * OffsetForLeaderEpoch, version 3 (Kafka 2.3), which kafkajs does not have.
 *   request   = replica −1, [topic]
 *   topic     = name, [partition int32, current leader epoch −1, leader epoch int32]
 *   response  = throttle int32, [name, [partition]]
 *   partition = error int16, index int32, leader epoch int32, end offset int64
 */
const OFFSET_FOR_LEADER_EPOCH = { apiKey: 23, apiVersion: 3, apiName: 'OffsetForLeaderEpoch' };

export interface EpochQuestion {
  readonly topic: string;
  readonly partition: number;
  readonly epoch: number;
}

export interface EpochAnswer {
  readonly topic: string;
  readonly partition: number;
  /** The largest epoch in the leader's log that is not above the requested one. −1 if there is none. */
  readonly epoch: number;
  /** First offset of the next later epoch in the leader's log, or the log's end. −1 as above. */
  readonly end: number;
  /** 0 for success. The broker must lead the partition. */
  readonly errorCode: number;
}

/** End offset of each epoch in this broker's log. Empty if the broker does not support the request. */
export async function endsOfEpochs(
  broker: Broker,
  questions: readonly EpochQuestion[],
): Promise<readonly EpochAnswer[]> {
  if (questions.length === 0) return [];
  const answer = await askBroker(broker, OFFSET_FOR_LEADER_EPOCH, encodeRequest(questions), decodeResponse);
  return answer ?? [];
}

export function encodeRequest(questions: readonly EpochQuestion[]): Buffer {
  const writer = new RequestWriter().int32(-1).int32(questions.length);
  for (const { topic, partition, epoch } of questions)
    writer.plainText(topic).int32(1).int32(partition).int32(-1).int32(epoch);
  return writer.done();
}

/** Throws RangeError if the answer is too short. */
export function decodeResponse(response: Buffer): EpochAnswer[] {
  const reader = new ResponseReader(response);
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
