import { openFencedLogWriter } from '../../../src/adapters/kafka/fenced-log-writer';
import { KafkaLogReader } from '../../../src/adapters/kafka/log-reader';
import { KafkaLogWriter } from '../../../src/adapters/kafka/log-writer';
import { KafkaPartitionSource } from '../../../src/adapters/kafka/partition-source';
import { KafkaPublisherOwnership } from '../../../src/adapters/kafka/publisher';
import { KafkaTopicAdmin } from '../../../src/adapters/kafka/topic-admin';
import { logContract } from '../../contracts/log-contract';
import { partitionSourceContract } from '../../contracts/partition-source-contract';
import { publisherContract } from '../../contracts/publisher-contract';
import { describeWithKafka } from '../../support/services';
import { makeTopics, silent, testSettings, truncate, unique } from './cluster';

const INPUTS = ['orders', 'clicks', 'browses', 'ticks', 'reviews', 'customers'];

describeWithKafka('kafka', () => {
  logContract('kafka', async () => {
    const writer = new KafkaLogWriter(testSettings(), silent);
    const reader = new KafkaLogReader(testSettings(), silent);
    const admin = new KafkaTopicAdmin(testSettings(), silent);
    return {
      writer,
      reader,
      admin,
      fencedWriter: (name) => openFencedLogWriter(testSettings(), silent, name),
      topic: () => unique('log'),
      truncate,
      async close() {
        await Promise.all([writer.close(), reader.close(), admin.close()]);
      },
    };
  });

  partitionSourceContract('kafka', async () => {
    const topics = await makeTopics(INPUTS, 3);
    const groupId = unique('group');
    const writer = new KafkaLogWriter(testSettings(), silent);
    const source = { groupId, inputTopics: topics, sessionTimeoutMs: 6_000, heartbeatIntervalMs: 200 };
    return {
      topics,
      partitions: 3,
      source: () => new KafkaPartitionSource(testSettings(), source, silent),
      append: (records) => writer.append(records),
      close: () => writer.close(),
    };
  });

  publisherContract('kafka', async () => {
    const inputTopics = await makeTopics(INPUTS, 2);
    const [updatesTopic, deadLettersTopic] = (await makeTopics(['updates', 'dead-letters'], 2)) as [string, string];
    const reader = new KafkaLogReader(testSettings(), silent);
    const owners: KafkaPublisherOwnership[] = [];
    const settings = {
      groupId: unique('group'),
      inputTopics,
      updatesTopic,
      deadLettersTopic,
      transactionalIdPrefix: unique('app'),
      mode: 'exactly-once' as const,
    };
    return {
      updates: updatesTopic,
      deadLetters: deadLettersTopic,
      reader,
      inputs: inputTopics.length,
      ownership() {
        const ownership = new KafkaPublisherOwnership(testSettings(), settings, silent);
        owners.push(ownership);
        return ownership;
      },
      async close() {
        await Promise.all(owners.map((ownership) => ownership.close()));
        await reader.close();
      },
    };
  });
});
