import { Partitioners } from 'kafkajs';
import { createKafka } from '../../../src/adapters/kafka/client';
import { KafkaLogReader } from '../../../src/adapters/kafka/log-reader';
import { KafkaLogWriter } from '../../../src/adapters/kafka/log-writer';
import type { LogBatch } from '../../../src/ports/log';
import { describeWithKafka } from '../../support/services';
import { makeTopics, outgoing, silent, testSettings, text, truncate, unique } from './cluster';

describeWithKafka('KafkaLogReader', () => {
  let reader: KafkaLogReader;
  let writer: KafkaLogWriter;
  beforeEach(() => {
    reader = new KafkaLogReader(testSettings(), silent);
    writer = new KafkaLogWriter(testSettings(), silent);
  });
  afterEach(async () => {
    await Promise.all([reader.close(), writer.close()]);
  });

  async function newTopic(partitions = 1): Promise<string> {
    return (await makeTopics(['reader'], partitions))[0]!;
  }

  async function transactions(topic: string, ends: readonly ('commit' | 'abort')[]): Promise<void> {
    const producer = createKafka(testSettings(), silent).producer({
      transactionalId: unique('tx'),
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    for (const [index, end] of ends.entries()) {
      const transaction = await producer.transaction();
      await transaction.send({ topic, messages: [{ partition: 0, value: `${end} ${index}` }] });
      await transaction[end]();
    }
    await producer.disconnect();
  }

  async function readAll(topic: string, offset: number): Promise<{ values: (string | null)[]; batches: LogBatch[] }> {
    const batches: LogBatch[] = [];
    await reader.readToEnd([{ topic, partition: 0, offset }], async (batch) => {
      batches.push(batch);
    });
    return { values: batches.flatMap(({ records }) => records.map(({ value }) => text(value))), batches };
  }

  test('ends if the log ends in control records', async () => {
    const topic = await newTopic();
    await transactions(topic, ['commit', 'commit']);
    expect((await readAll(topic, 0)).values).toEqual(['commit 0', 'commit 1']);
    // Offset 3 is the second transaction's marker, and nothing is behind it.
    expect((await readAll(topic, 3)).values).toEqual([]);
  });

  test('ends if the log ends in aborted transactions, and if it has nothing else', async () => {
    const topic = await newTopic();
    await transactions(topic, ['abort', 'abort']);
    expect((await readAll(topic, 0)).values).toEqual([]);
    await transactions(topic, ['commit', 'abort']);
    const { values, batches } = await readAll(topic, 0);
    expect(values).toEqual(['commit 0']);
    expect(batches.at(-1)!.nextOffset).toBeGreaterThanOrEqual((await reader.bounds(topic, 0)).end - 1);
  });

  test('waits for the verdict on a transaction that is open', async () => {
    const topic = await newTopic();
    const producer = createKafka(testSettings(), silent).producer({
      transactionalId: unique('tx'),
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    const transaction = await producer.transaction();
    await transaction.send({ topic, messages: [{ partition: 0, value: 'open' }] });
    await writer.append([outgoing(topic, 0, 'behind it')]);
    const reading = readAll(topic, 0);
    await transaction.commit();
    expect((await reading).values).toEqual(['open', 'behind it']);
    await producer.disconnect();
  });

  test('ends if every record was deleted before the position could be read', async () => {
    const topic = await newTopic();
    await writer.append([outgoing(topic, 0, 'a'), outgoing(topic, 0, 'b')]);
    await truncate(topic, 0, 2);
    expect(await reader.bounds(topic, 0)).toEqual({ start: 2, end: 2 });
    await writer.append([outgoing(topic, 0, 'c')]);
    await truncate(topic, 0, 3);
    expect((await readAll(topic, 0)).values).toEqual([]);
  });

  test('reads more than one response holds', async () => {
    const topic = await newTopic(2);
    const large = 'x'.repeat(100_000);
    const records = Array.from({ length: 40 }, (_, i) => outgoing(topic, i % 2, `${i} ${large}`));
    await writer.append(records);
    const seen: string[] = [];
    await reader.readToEnd(
      [0, 1].map((partition) => ({ topic, partition, offset: 0 })),
      async (batch) => {
        seen.push(...batch.records.map(({ value }) => text(value)!.split(' ')[0]!));
      },
    );
    expect(seen.map(Number).sort((a, b) => a - b)).toEqual(records.map((_, i) => i));
  });

  test('rejects bounds of a topic that does not exist', async () => {
    await expect(reader.bounds(unique('nowhere'), 0)).rejects.toThrow();
  });

  test('close ends what still follows', async () => {
    const topic = await newTopic();
    const following = reader.follow([{ topic, partition: 0, offset: 0 }], async () => {}, new AbortController().signal);
    await reader.close();
    await following;
  });
});
