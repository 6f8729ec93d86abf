import { KafkaLogReader } from '../../../src/adapters/kafka/log-reader';
import { KafkaLogWriter } from '../../../src/adapters/kafka/log-writer';
import { describeWithKafka } from '../../support/services';
import { makeTopics, outgoing, silent, testSettings, text, unique } from './cluster';

describeWithKafka('KafkaLogWriter', () => {
  test('carries out calls in their order and goes on after one that failed', async () => {
    const [topic] = (await makeTopics(['writer'], 1)) as [string];
    const writer = new KafkaLogWriter(testSettings(), silent);
    const calls = [
      writer.append([outgoing(topic, 0, 'a')]),
      writer.append([outgoing(topic, 0, 'x'.repeat(3_000_000))]),
      writer.append([outgoing(topic, 0, 'b')]),
      writer.append([outgoing(unique('nowhere'), 0, 'c')]),
      writer.append([outgoing(topic, 0, 'd')]),
      writer.append([]),
    ];
    const outcomes = await Promise.allSettled(calls);
    await writer.close();
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
    ]);
    const reader = new KafkaLogReader(testSettings(), silent);
    const values: (string | null)[] = [];
    await reader.readToEnd([{ topic, partition: 0, offset: 0 }], async ({ records }) => {
      values.push(...records.map(({ value }) => text(value)));
    });
    await reader.close();
    expect(values).toEqual(['a', 'b', 'd']);
  });
});
