import { Kafka, logLevel } from 'kafkajs';
import { KafkaLogReader } from '../../../src/adapters/kafka/log-reader';
import { KafkaLogWriter } from '../../../src/adapters/kafka/log-writer';
import { produce, UnansweredRecords } from '../../../src/adapters/kafka/produce';
import { KafkaPublisherOwnership } from '../../../src/adapters/kafka/publisher';
import { describeWithKafka, kafkaBrokers } from '../../support/services';
import { bytes, makeTopics, outgoing, silent, testSettings, unique } from './cluster';

interface Pool {
  findBroker(which: { nodeId: string }): Promise<{ nodeId: string }>;
}

/** From now on kafkajs' producers think that each connection is one to a broker that leads nothing, as after the race in refreshMetadata. */
async function confuseConnections(): Promise<void> {
  // By way of a module of kafkajs itself, so that it is the class that its producers use.
  const path = require.resolve('kafkajs').replace(/index\.js$/, 'src/cluster/brokerPool');
  const { prototype } = (await import(path)).default as { prototype: Pool };
  const find = prototype.findBroker;
  jest.spyOn(prototype, 'findBroker').mockImplementation(async function (this: Pool, which) {
    const broker = await find.call(this, which);
    broker.nodeId = '1000';
    return broker;
  });
}

afterEach(() => jest.restoreAllMocks());

test('every partition of a request must be answered for', async () => {
  const answering = (...answers: { topicName: string; partition: number; errorCode: number }[]) => ({
    sendBatch: async () => answers,
  });
  const a0 = { topicName: 'a', partition: 0, errorCode: 0 };
  const messages = (...partitions: number[]) => partitions.map((partition) => ({ partition, value: 'v' }));
  const batch = [
    { topic: 'a', messages: messages(0, 0) },
    { topic: 'b', messages: messages(0, 3) },
  ];
  const b = [0, 3].map((partition) => ({ topicName: 'b', partition, errorCode: 0 }));
  await expect(produce(answering(a0, ...b), batch)).resolves.toBeUndefined();
  await expect(produce(answering(a0), batch)).rejects.toThrow(/for the records of b\/0, b\/3:/);
  await expect(produce(answering(...b), batch)).rejects.toThrow(UnansweredRecords);
  await expect(produce(answering(), [])).resolves.toBeUndefined();
});

describeWithKafka('a producer that has mistaken one broker for another', () => {
  test('of kafkajs sends nothing and calls it a success', async () => {
    const [topic] = (await makeTopics(['mistaken'], 1)) as [string];
    const producer = new Kafka({ brokers: kafkaBrokers()!, logLevel: logLevel.NOTHING }).producer();
    await producer.connect();
    await confuseConnections();
    try {
      // If this ever fails, kafkajs has mended it.
      expect(
        await producer.sendBatch({ topicMessages: [{ topic, messages: [{ partition: 0, value: 'v' }] }] }),
      ).toEqual([]);
    } finally {
      await producer.disconnect();
    }
  });

  test('does not move offsets past records that were never sent', async () => {
    const inputTopics = await makeTopics(['orders', 'clicks'], 1);
    const [updatesTopic, deadLettersTopic] = (await makeTopics(['updates', 'dead-letters'], 1)) as [string, string];
    const settings = { inputTopics, updatesTopic, deadLettersTopic, mode: 'exactly-once' as const };
    const named = { ...settings, groupId: unique('group'), transactionalIdPrefix: unique('app') };
    const ownership = new KafkaPublisherOwnership(testSettings(), named, silent);
    const record = { kind: 'update' as const, key: bytes('k'), value: bytes('v'), timestampMs: 1, covers: [4, -1] };
    try {
      const first = await ownership.own(0);
      await first.publish([], [0, 0]);
      await confuseConnections();
      expect(await first.publish([record], [5, 0])).toBe('unknown');
      expect(first.lastError?.()).toBeInstanceOf(UnansweredRecords);
      jest.restoreAllMocks();
      const second = await ownership.own(0);
      expect(second.emitted).toEqual([0, 0]);
      expect(await second.publish([record], [5, 0])).toBe('published');
    } finally {
      await ownership.close();
    }
  });

  test('fails an append', async () => {
    const [topic] = (await makeTopics(['appended'], 1)) as [string];
    const writer = new KafkaLogWriter(testSettings(), silent);
    const reader = new KafkaLogReader(testSettings(), silent);
    try {
      await writer.append([outgoing(topic, 0, 'one')]);
      await confuseConnections();
      await expect(writer.append([outgoing(topic, 0, 'two')])).rejects.toThrow(UnansweredRecords);
      jest.restoreAllMocks();
      await writer.append([outgoing(topic, 0, 'two')]);
      expect((await reader.bounds(topic, 0)).end).toBe(2);
    } finally {
      await Promise.all([writer.close(), reader.close()]);
    }
  });
});
