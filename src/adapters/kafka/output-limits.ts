import type { Cluster } from 'kafkajs';
import { DEFAULT_MAX_BATCH_BYTES } from './batching';
import { errorText } from './error-chain';
import type { KafkaLog } from './settings';

/** Size limits of one partition's publisher. */
export interface OutputLimits {
  /** Key and value of one dead letter together. */
  readonly letterBytes: number;
  /** All records of one produce request. kafkajs makes one batch of them per partition. */
  readonly requestBytes: number;
}

/** Used if the cluster does not reveal its limit. Kafka's default is 1,048,588 bytes; this leaves room below it. */
const LIMIT_UNTOLD = 1_000_000;
/** Room for a batch's header, a record's own fields and the publisher's headers. An upper bound. */
const RECORD_ROOM = 4_096;
const LEAST_BYTES = 1_024;
/**
 * A larger dead letter is cut even if its topic would take it. It waits in the outbox, and every program that lists dead letters holds it
 * in memory.
 */
const MOST_LETTER_BYTES = 16 * 1024 * 1024;

const TOPIC_RESOURCE = 2;

/** Methods of kafkajs' broker that are missing from its public types. */
interface DescribingBroker {
  describeConfigs(request: {
    resources: { type: number; name: string; configNames: string[] }[];
    includeSynonyms: boolean;
  }): Promise<{ resources: { resourceName: string; configEntries: { configName: string; configValue: string }[] }[] }>;
}

/** max.message.bytes per topic as the brokers apply it: the topic's own, else the broker's. Rejects if the client may not read it. */
export async function maxMessageBytes(cluster: Cluster, topics: readonly string[]): Promise<Map<string, number>> {
  const broker = (await cluster.findControllerBroker()) as unknown as DescribingBroker;
  const resources = topics.map((name) => ({ type: TOPIC_RESOURCE, name, configNames: ['max.message.bytes'] }));
  const answer = await broker.describeConfigs({ resources, includeSynonyms: false });
  return new Map(
    answer.resources.map(({ resourceName, configEntries }) => [resourceName, Number(configEntries[0]?.configValue)]),
  );
}

/** Read at each takeover, so that a changed topic setting needs no restart. */
export async function outputLimits(
  cluster: Cluster,
  updatesTopic: string,
  deadLettersTopic: string,
  log: KafkaLog,
): Promise<OutputLimits> {
  try {
    const limits = await maxMessageBytes(cluster, [updatesTopic, deadLettersTopic]);
    return limitsOf(limits.get(updatesTopic), limits.get(deadLettersTopic));
  } catch (error) {
    // The cluster answered with a refusal: reading a topic's settings requires the right DescribeConfigs on it.
    if (!(error instanceof Error) || error.name !== 'KafkaJSProtocolError') throw error;
    const what = `max.message.bytes of ${updatesTopic} and ${deadLettersTopic} can't be read (${errorText(error)})`;
    log('warn', `${what}: taken as ${LIMIT_UNTOLD}. Allow DescribeConfigs on them, or keep them above it`, {});
    return limitsOf(LIMIT_UNTOLD, LIMIT_UNTOLD);
  }
}

export function limitsOf(updatesBytes = LIMIT_UNTOLD, deadLettersBytes = LIMIT_UNTOLD): OutputLimits {
  const room = (bytes: number, most: number) => Math.max(LEAST_BYTES, Math.min(most, bytes - RECORD_ROOM));
  return {
    letterBytes: room(deadLettersBytes, MOST_LETTER_BYTES),
    requestBytes: room(Math.min(updatesBytes, deadLettersBytes), DEFAULT_MAX_BATCH_BYTES),
  };
}
