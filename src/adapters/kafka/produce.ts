import type { Producer, TopicMessages } from 'kafkajs';

/** Records that were handed to kafkajs and that no broker has answered for. */
export class UnansweredRecords extends Error {
  override readonly name = 'UnansweredRecords';
  /** As kafkajs' own errors have it: it is none of this program's defects. */
  readonly type = 'UNANSWERED_RECORDS';

  constructor(partitions: readonly string[]) {
    super(`no broker answered for the records of ${partitions.join(', ')}: they may never have been sent`);
  }
}

/** All in-sync replicas have the records before they count as appended. */
const ALL = -1;

/**
 * Sends one produce request and makes sure that a broker has answered for every partition of it. kafkajs does not: where a connection fails
 * while it reads metadata, one broker's connection may get another one's id, and then it sends a request without these records and calls
 * that a success (2.2.4, BrokerPool.refreshMetadata and sendMessages). Each message names its partition. Throws {@link UnansweredRecords}.
 */
export async function produce(to: Pick<Producer, 'sendBatch'>, topicMessages: TopicMessages[]): Promise<void> {
  const answers = await to.sendBatch({ topicMessages, acks: ALL });
  const answered = new Set(answers.map(({ topicName, partition }) => `${topicName}/${partition}`));
  const sent = topicMessages.flatMap(({ topic, messages }) => messages.map(({ partition }) => `${topic}/${partition}`));
  const missing = [...new Set(sent)].filter((partition) => !answered.has(partition));
  if (missing.length > 0) throw new UnansweredRecords(missing);
}
