import { ConfigResourceTypes } from 'kafkajs';
import { createCluster, createKafka } from '../../../src/adapters/kafka/client';
import { KafkaLogReader } from '../../../src/adapters/kafka/log-reader';
import { KafkaLogWriter } from '../../../src/adapters/kafka/log-writer';
import { PartitionFetcher } from '../../../src/adapters/kafka/partition-fetcher';
import { pauseMs } from '../../support/process';
import { describeWithKafka } from '../../support/services';
import { makeTopics, outgoing, silent, testSettings, text } from './cluster';

const KEYS = 20;

/** Rolls a segment with every append and compacts at once. */
async function compactEagerly(topic: string): Promise<void> {
  const admin = createKafka(testSettings(), silent).admin();
  await admin.connect();
  const configEntries = Object.entries({
    'cleanup.policy': 'compact',
    'segment.ms': '100',
    'min.cleanable.dirty.ratio': '0.01',
  }).map(([name, value]) => ({ name, value }));
  const resource = { type: ConfigResourceTypes.TOPIC, name: topic, configEntries };
  await admin.alterConfigs({ validateOnly: false, resources: [resource] });
  await admin.disconnect();
}

describeWithKafka('PartitionFetcher', () => {
  test('gets past batches that compaction emptied, also if a response holds nothing else', async () => {
    const [topic] = (await makeTopics(['compacted'], 1, { compacted: true })) as [string];
    await compactEagerly(topic);
    // Compaction leaves a shell without records of the last batch of each producer.
    const writers = [1, 2, 3].map(() => new KafkaLogWriter(testSettings(), silent));
    for (const [round, writer] of writers.entries()) {
      const record = (_: unknown, i: number) => ({
        ...outgoing(topic, 0, `${round}`, `key ${i}`),
        timestampMs: Date.now(),
      });
      await writer.append(Array.from({ length: KEYS }, record));
      // A segment is rolled by the records' own time.
      await pauseMs(150);
    }
    await Promise.all(writers.map((writer) => writer.close()));
    const reader = new KafkaLogReader(testSettings(), silent);
    for (let values: (string | null)[] = ['0']; values.includes('0'); ) {
      values = [];
      await reader.readToEnd([{ topic, partition: 0, offset: 0 }], async ({ records }) => {
        values.push(...records.map(({ value }) => text(value)));
      });
    }
    await reader.close();

    const enough = new AbortController();
    const values: (string | null)[] = [];
    const fetcher = new PartitionFetcher(
      () => createCluster(createKafka(testSettings(), silent)),
      // A broker answers with one batch at least: so with one at most.
      { topics: [topic], maxWaitMs: 100, maxBytesPerPartition: 1 },
      {
        deliver({ records, nextOffset }) {
          values.push(...records.map(({ value }) => text(value)));
          if (nextOffset === 3 * KEYS) enough.abort();
        },
        up: () => undefined,
        down: () => undefined,
      },
    );
    fetcher.position(topic, 0, 0);
    await fetcher.run(enough.signal);
    expect(values.slice(-KEYS)).toEqual(new Array(KEYS).fill('2'));
    expect(values).not.toContain('0');
  });

  test('reports the end of a topic that has nothing new, once', async () => {
    const [topic] = (await makeTopics(['quiet'], 2)) as [string];
    const writer = new KafkaLogWriter(testSettings(), silent);
    await writer.append([outgoing(topic, 0, 'old'), outgoing(topic, 1, 'new')]);
    await writer.close();
    const delivered: string[] = [];
    const enough = new AbortController();
    let answers = 0;
    const fetcher = new PartitionFetcher(
      () => createCluster(createKafka(testSettings(), silent)),
      { topics: [topic], maxWaitMs: 20, maxBytesPerPartition: 1024 },
      {
        deliver: ({ partition, records, nextOffset, end }) => {
          delivered.push(`${partition}: ${records.length} records, next ${nextOffset} of ${end}`);
        },
        up: () => {
          if (++answers === 10) enough.abort();
        },
        down: () => undefined,
      },
    );
    fetcher.position(topic, 0, 1);
    fetcher.position(topic, 1, 0);
    await fetcher.run(enough.signal);
    expect(delivered.sort()).toEqual(['0: 0 records, next 1 of 1', '1: 1 records, next 1 of 1']);
  });
});
