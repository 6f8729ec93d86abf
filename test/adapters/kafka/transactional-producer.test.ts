import { BrokerLinks } from '../../../src/adapters/kafka/broker-links';
import { KafkaLogReader } from '../../../src/adapters/kafka/log-reader';
import { TransactionalProducer } from '../../../src/adapters/kafka/transactional-producer';
import { outcomeOf } from '../../../src/adapters/kafka/transactions';
import { describeWithKafka } from '../../support/services';
import { judgedError, makeTopics, outgoing, silent, testSettings, text, unique } from './cluster';
import { onProduce, onRequest } from './produce-faults';

afterEach(() => jest.restoreAllMocks());

// The older requests are taken by every broker.
for (const isV2 of [true, false]) {
  describeWithKafka(`TransactionalProducer, transactions v2: ${isV2}`, () => suite(isV2));
}

function suite(isV2: boolean): void {
  let topic: string;
  let group: string;
  let id: string;
  const opened: TransactionalProducer[] = [];

  beforeEach(async () => {
    [topic] = (await makeTopics(['transactional'], 2)) as [string];
    group = unique('group');
    id = unique('id');
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((producer) => producer.close()));
  });

  async function open(): Promise<TransactionalProducer> {
    const producer = await TransactionalProducer.open(testSettings(), silent, id, 30_000);
    opened.push(producer);
    return Object.assign(producer, { isV2 });
  }

  const moves = () => [{ topic, partition: 0, offset: 7, metadata: 'm' }];

  async function stored(): Promise<(string | null)[]> {
    const reader = new KafkaLogReader(testSettings(), silent);
    const values: (string | null)[] = [];
    await reader.readToEnd([{ topic, partition: 0, offset: 0 }], async ({ records }) => {
      values.push(...records.map(({ value }) => text(value)));
    });
    await reader.close();
    return values;
  }

  const first = isV2 ? 'TxnOffsetCommit' : 'AddOffsetsToTxn';

  test('begins again while the broker still ends the previous transaction', async () => {
    const producer = await open();
    const asked = onRequest(first, ['CONCURRENT_TRANSACTIONS', 'CONCURRENT_TRANSACTIONS']);
    await producer.sendOffsets(group, moves());
    await producer.commit();
    // Some more if the group's coordinator was still on its way.
    expect(asked()).toBeGreaterThanOrEqual(3);
  });

  test('… also with records first', async () => {
    const producer = await open();
    const asked = onRequest(isV2 ? 'Produce' : 'AddPartitionsToTxn', isV2 ? [] : ['CONCURRENT_TRANSACTIONS']);
    for (const value of ['a', 'b', 'c']) {
      await producer.send([outgoing(topic, 0, value), outgoing(topic, 1, value)]);
      await producer.commit();
    }
    expect(asked()).toBeGreaterThan(isV2 ? 2 : 3);
    expect(await stored()).toEqual(['a', 'b', 'c']);
  });

  test('does not begin again once something is in it', async () => {
    const producer = await open();
    await producer.sendOffsets(group, moves());
    const asked = onProduce(['CONCURRENT_TRANSACTIONS']);
    await expect(producer.send([outgoing(topic, 0, 'a')])).rejects.toMatchObject({ type: 'CONCURRENT_TRANSACTIONS' });
    expect(asked()).toBe(1);
  });

  test('sends records once, whatever becomes of the answer', async () => {
    const producer = await open();
    const asked = onProduce(['lose-answer', 'NOT_LEADER_FOR_PARTITION']);
    await expect(producer.send([outgoing(topic, 0, 'a')])).rejects.toThrow('ECONNRESET');
    expect(asked()).toBe(1);
    const next = await open();
    await expect(next.send([outgoing(topic, 0, 'b')])).rejects.toMatchObject({ type: 'NOT_LEADER_FOR_PARTITION' });
    expect(asked()).toBe(2);
    await (await open()).commit();
    expect(await stored()).toEqual([]);
  });

  test('sends the end once, whatever becomes of the answer', async () => {
    const producer = await open();
    await producer.send([outgoing(topic, 0, 'a')]);
    const asked = onRequest('EndTxn', ['lose-answer', 'NOT_COORDINATOR_FOR_GROUP']);
    await expect(producer.commit()).rejects.toThrow('ECONNRESET');
    const next = await open();
    await next.send([outgoing(topic, 0, 'b')]);
    await expect(next.commit()).rejects.toMatchObject({ type: 'NOT_COORDINATOR_FOR_GROUP' });
    expect(asked()).toBe(2);
    jest.restoreAllMocks();
    await open();
    expect(await stored()).toEqual([]);
  });

  test('asks for a coordinator again that has moved', async () => {
    const producer = await open();
    const coordinator = jest.spyOn(BrokerLinks.prototype, 'forget');
    onRequest('TxnOffsetCommit', ['NOT_COORDINATOR_FOR_GROUP', 'GROUP_LOAD_IN_PROGRESS']);
    await producer.sendOffsets(group, moves());
    expect(coordinator.mock.calls).toEqual([
      ['group', group],
      ['group', group],
    ]);
    await producer.send([outgoing(topic, 0, 'a')]);
    await producer.commit();
    expect(await stored()).toEqual(['a']);
  });

  test('a commit of nothing sends nothing', async () => {
    const producer = await open();
    const asked = onRequest('EndTxn', []);
    await producer.send([]);
    await producer.commit();
    expect(asked()).toBe(0);
  });

  test('can do nothing more after a failure, not even end what it began', async () => {
    const producer = await open();
    onProduce(['lose-answer']);
    await expect(producer.send([outgoing(topic, 0, 'a')])).rejects.toThrow('ECONNRESET');
    jest.restoreAllMocks();
    for (const again of [
      producer.commit(),
      producer.send([outgoing(topic, 0, 'b')]),
      producer.sendOffsets(group, []),
    ]) {
      await expect(again).rejects.toThrow('ECONNRESET');
    }
    await open();
    expect(await stored()).toEqual([]);
  });

  test.each(['records', 'offsets', 'end'])('is fenced by the next producer of its id: %s', async (part) => {
    const error = await judgedError(async () => {
      const before = await open();
      await before.send([outgoing(topic, 0, 'before')]);
      await open();
      const parts: Record<string, () => Promise<void>> = {
        records: () => before.send([outgoing(topic, 0, 'a')]),
        offsets: () => before.sendOffsets(group, moves()),
        end: () => before.commit(),
      };
      await parts[part]!();
    });
    expect({ outcome: outcomeOf(error), error }).toMatchObject({ outcome: 'fenced' });
    expect(await stored()).toEqual([]);
  });
}
