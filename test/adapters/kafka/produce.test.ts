import { BrokerLinks } from '../../../src/adapters/kafka/broker-links';
import { KafkaLogReader } from '../../../src/adapters/kafka/log-reader';
import { KafkaLogWriter } from '../../../src/adapters/kafka/log-writer';
import { UnansweredRecords, unconfirmedOf } from '../../../src/adapters/kafka/produce';
import { KafkaPublisherOwnership } from '../../../src/adapters/kafka/publisher';
import { describeWithKafka } from '../../support/services';
import { bytes, makeTopics, outgoing, silent, testSettings, unique } from './cluster';

const PRODUCE = 0;

/** From now on, brokers answer produce requests without naming a partition. Nothing is sent. */
function answerForNothing(): void {
  const { ask } = BrokerLinks.prototype;
  jest.spyOn(BrokerLinks.prototype, 'ask').mockImplementation(function (this: BrokerLinks, to, kind, payload, decode) {
    if (kind.apiKey === PRODUCE) return Promise.resolve([] as never);
    return ask.call(this, to, kind, payload, decode) as never;
  });
}

afterEach(() => jest.restoreAllMocks());

test('every partition of a request must be answered for', () => {
  const batch = (topic: string, partition: number) => ({ topic, partition, records: [], firstSequence: 0 });
  const answer = (topic: string, partition: number, errorCode = 0) => ({ topic, partition, errorCode, detail: null });
  const batches = [batch('a', 0), batch('b', 0), batch('b', 3)];
  expect(unconfirmedOf(batches, [answer('b', 3), answer('a', 0), answer('b', 0)])).toEqual([]);
  expect(unconfirmedOf(batches, [answer('a', 0)])).toEqual([
    { batch: batches[1], fault: new UnansweredRecords('b/0') },
    { batch: batches[2], fault: new UnansweredRecords('b/3') },
  ]);
  const [refused] = unconfirmedOf(batches, [
    answer('a', 0),
    answer('b', 0),
    { ...answer('b', 3, 10), detail: 'too big' },
  ]);
  expect(refused).toMatchObject({ batch: batches[2], fault: { type: 'MESSAGE_TOO_LARGE', topic: 'b' } });
  expect(`${refused!.fault}`).toBe('BrokerRefusal: the broker refuses records of b/3: MESSAGE_TOO_LARGE (too big)');
});

describeWithKafka('an answer that leaves out a partition', () => {
  test('does not move offsets past records that were never stored', async () => {
    const inputTopics = await makeTopics(['orders', 'clicks'], 1);
    const [updatesTopic, deadLettersTopic] = (await makeTopics(['updates', 'dead-letters'], 1)) as [string, string];
    const settings = { inputTopics, updatesTopic, deadLettersTopic, mode: 'exactly-once' as const };
    const named = { ...settings, groupId: unique('group'), transactionalIdPrefix: unique('app') };
    const ownership = new KafkaPublisherOwnership(testSettings(), named, silent);
    const record = { kind: 'update' as const, key: bytes('k'), value: bytes('v'), timestampMs: 1, covers: [4, -1] };
    try {
      const first = await ownership.own(0);
      await first.publish([], [0, 0]);
      answerForNothing();
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
      answerForNothing();
      await expect(writer.append([outgoing(topic, 0, 'two')])).rejects.toThrow(UnansweredRecords);
      jest.restoreAllMocks();
      await writer.append([outgoing(topic, 0, 'two')]);
      expect((await reader.bounds(topic, 0)).end).toBe(2);
    } finally {
      await Promise.all([writer.close(), reader.close()]);
    }
  });
});
