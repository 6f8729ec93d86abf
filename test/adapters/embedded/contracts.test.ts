import { EmbeddedFencedLogWriter } from '../../../src/adapters/embedded/fenced-log-writer';
import { stateKey } from '../../../src/adapters/embedded/layout';
import { EmbeddedLogReader } from '../../../src/adapters/embedded/log-reader';
import { EmbeddedLogWriter } from '../../../src/adapters/embedded/log-writer';
import { readPartition, writePartition } from '../../../src/adapters/embedded/partition-entry';
import { EmbeddedPartitionSource } from '../../../src/adapters/embedded/partition-source';
import { EmbeddedPublisherOwnership } from '../../../src/adapters/embedded/publisher';
import { EmbeddedStateArchive } from '../../../src/adapters/embedded/state-archive';
import { EmbeddedStateFormats } from '../../../src/adapters/embedded/state-formats';
import { EmbeddedStateReader } from '../../../src/adapters/embedded/state-reader';
import { EmbeddedStateStore } from '../../../src/adapters/embedded/state-store';
import { EmbeddedTopicAdmin } from '../../../src/adapters/embedded/topics';
import { systemClock } from '../../../src/adapters/system/clock';
import { logContract } from '../../contracts/log-contract';
import { partitionSourceContract } from '../../contracts/partition-source-contract';
import { publisherContract } from '../../contracts/publisher-contract';
import { stateStoreContract } from '../../contracts/state-store-contract';
import { embeddedFolder } from './folder';

const OUTPUTS = { updates: 'updates', deadLetters: 'dead-letters' };
const INPUTS = ['orders', 'clicks', 'browses', 'ticks', 'reviews', 'customers'];

stateStoreContract('embedded', async () => {
  const { env, topics, log, close } = await embeddedFolder(Object.values(OUTPUTS));
  return {
    store: new EmbeddedStateStore(env, topics, log, OUTPUTS),
    other: new EmbeddedStateStore(env, topics, log, OUTPUTS),
    reader: new EmbeddedStateReader(env),
    formats: new EmbeddedStateFormats(env),
    adoption: new EmbeddedStateArchive(env),
    async forgetLevels(partition) {
      env.write(() => {
        const { format: _, levelsReadAt: __, levelRead: ___, ...entry } = readPartition(env, partition);
        writePartition(env, partition, entry);
      });
    },
    answers: 'published',
    deleteState: async (partition, customerId) => {
      env.write(() => env.states.removeSync(stateKey(partition, customerId)));
    },
    close,
  };
});

logContract('embedded', async () => {
  const { env, topics, log, close } = await embeddedFolder();
  let made = 0;
  return {
    writer: new EmbeddedLogWriter(env, topics, log),
    reader: new EmbeddedLogReader(env, topics, log, systemClock),
    admin: new EmbeddedTopicAdmin(env),
    fencedWriter: async (name) => new EmbeddedFencedLogWriter(env, new EmbeddedLogWriter(env, topics, log), name),
    topic: () => `topic-${made++}`,
    truncate: async (topic, partition, before) =>
      env.write(() => log.truncate(topics.require(topic), partition, before)),
    close,
  };
});

partitionSourceContract('embedded', async () => {
  const { env, topics, log, close } = await embeddedFolder(INPUTS, 3);
  const writer = new EmbeddedLogWriter(env, topics, log);
  const settings = { inputTopics: INPUTS, leaseMs: 2000 };
  return {
    topics: INPUTS,
    partitions: 3,
    source: () => new EmbeddedPartitionSource(env, topics, log, systemClock, settings),
    append: (records) => writer.append(records),
    close,
  };
});

publisherContract('embedded', async () => {
  const { env, topics, log, close } = await embeddedFolder(Object.values(OUTPUTS), 2);
  return {
    ...OUTPUTS,
    reader: new EmbeddedLogReader(env, topics, log, systemClock),
    inputs: INPUTS.length,
    ownership: () => new EmbeddedPublisherOwnership(env, topics, log, OUTPUTS),
    close,
  };
});
