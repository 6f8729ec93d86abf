import { CompressionTypes, Partitioners, type Producer, type TopicMessages } from 'kafkajs';
import { toProduceRequests } from '../../src/adapters/kafka/batching';
import { createKafka } from '../../src/adapters/kafka/client';
import type { OutgoingRecord } from '../../src/ports/log';
import type { Deployment } from '../support/deployment';
import type { Seeded } from '../support/seeded';
import { kafkaBrokers } from '../support/services';
import { outgoing } from './deployment';
import type { HostileRecord } from './stream';

/** A topic takes a mebibyte at once. */
const MOST_REQUEST_BYTES = 900_000;
const MOST_ABORTED_BYTES = 100_000;

/** The broker itself refuses a record without a key in a compacted topic. */
export function isTakenByBroker({ role, key }: HostileRecord): boolean {
  return role !== 'customers' || key !== null;
}

/**
 * Writes a stream as producers of shops do: plain, compressed or in transactions. In between, transactions are aborted. Their records
 * lie in the log, and nobody may count them.
 */
export async function produceAll(
  deployment: Deployment,
  records: readonly HostileRecord[],
  random: Seeded,
): Promise<void> {
  const kafka = createKafka({ brokers: kafkaBrokers() ?? [], clientId: 'hostile' }, () => undefined);
  const createPartitioner = Partitioners.DefaultPartitioner;
  const plain = kafka.producer({ createPartitioner });
  const transactional = kafka.producer({
    ...{ createPartitioner, idempotent: true, maxInFlightRequests: 1 },
    transactionalId: `${deployment.settings.CLV_APP}-shop`,
  });
  await Promise.all([plain.connect(), transactional.connect()]);
  try {
    const all = outgoing(deployment, records);
    for (let at = 0; at < all.length; ) {
      const next = all.slice(at, at + 1 + random.below(40));
      at += next.length;
      const how = random.pick(['plain', 'gzip', 'committed', 'aborted']);
      if (how === 'committed') await inTransaction(transactional, next, true);
      else {
        // A large record of random bytes would grow beyond the broker's limit.
        if (how === 'aborted') await inTransaction(transactional, next.filter(isSmall), false);
        await send(plain, next, how === 'gzip' && next.every(isSmall) ? CompressionTypes.GZIP : CompressionTypes.None);
      }
    }
  } finally {
    await Promise.all([plain.disconnect(), transactional.disconnect()]);
  }
}

const isSmall = ({ key, value }: OutgoingRecord) => (key?.length ?? 0) + (value?.length ?? 0) < MOST_ABORTED_BYTES;

async function inTransaction(producer: Producer, records: readonly OutgoingRecord[], commits: boolean): Promise<void> {
  if (records.length === 0) return;
  const transaction = await producer.transaction();
  for (const topicMessages of requestsOf(records)) await transaction.sendBatch({ topicMessages });
  await (commits ? transaction.commit() : transaction.abort());
}

async function send(
  producer: Producer,
  records: readonly OutgoingRecord[],
  compression: CompressionTypes,
): Promise<void> {
  for (const topicMessages of requestsOf(records)) await producer.sendBatch({ topicMessages, compression });
}

function requestsOf(records: readonly OutgoingRecord[]): TopicMessages[][] {
  return toProduceRequests(records, MOST_REQUEST_BYTES).map((request) =>
    request.map(({ topic, partition, key, value, timestampMs, headers }) => {
      const content = { key: key && Buffer.from(key), value: value && Buffer.from(value) };
      const message = { ...content, partition, timestamp: `${timestampMs}` };
      return { topic, messages: [headers === undefined ? message : { ...message, headers: { ...headers } }] };
    }),
  );
}
