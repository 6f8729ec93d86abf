import type { Producer, TopicMessages } from 'kafkajs';

/** Records passed to kafkajs that no broker has acknowledged. */
export class UnansweredRecords extends Error {
  override readonly name = 'UnansweredRecords';
  /** kafkajs' own errors have a `type` too. It marks this as a fault of the connection, not a defect of this program. */
  readonly type = 'UNANSWERED_RECORDS';

  constructor(partitions: readonly string[]) {
    super(`no broker answered for the records of ${partitions.join(', ')}: they may never have been sent`);
  }
}

/** All in-sync replicas must have the records before they count as appended. */
const ALL = -1;

/**
 * Sends one produce request and checks that a broker acknowledged every partition of it. Each message names its partition.
 * kafkajs does not check this. If a connection fails while it reads metadata, it can assign one broker's connection to another broker's id.
 * Then it sends a request without these records and reports success (2.2.4, BrokerPool.refreshMetadata and sendMessages).
 * Throws {@link UnansweredRecords}.
 */
export async function produce(to: Pick<Producer, 'sendBatch'>, topicMessages: TopicMessages[]): Promise<void> {
  const answers = await to.sendBatch({ topicMessages, acks: ALL });
  const answered = new Set(answers.map(({ topicName, partition }) => `${topicName}/${partition}`));
  const sent = topicMessages.flatMap(({ topic, messages }) => messages.map(({ partition }) => `${topic}/${partition}`));
  const missing = [...new Set(sent)].filter((partition) => !answered.has(partition));
  if (missing.length > 0) throw new UnansweredRecords(missing);
}
