import { BrokerLinks, RequestUnanswered } from '../../../src/adapters/kafka/broker-links';
import { IdempotentProducer } from '../../../src/adapters/kafka/idempotent-producer';
import { KafkaLogReader } from '../../../src/adapters/kafka/log-reader';
import { after, Sequences } from '../../../src/adapters/kafka/sequences';
import { describeWithKafka } from '../../support/services';
import { makeTopics, outgoing, silent, testSettings, text, unique } from './cluster';
import { onProduce } from './produce-faults';

afterEach(() => jest.restoreAllMocks());

test('numbers the records of each partition on, and begins again after the largest number', () => {
  const sequences = new Sequences();
  const at = (topic: string, partition: number) => outgoing(topic, partition, 'v');
  const firsts = (batches: ReturnType<Sequences['take']>) =>
    batches.map(({ topic, partition, records, firstSequence }) => [topic, partition, records.length, firstSequence]);
  expect(firsts(sequences.take([at('a', 0), at('a', 1), at('a', 0), at('b', 0)]))).toEqual([
    ['a', 0, 2, 0],
    ['a', 1, 1, 0],
    ['b', 0, 1, 0],
  ]);
  expect(firsts(sequences.take([at('a', 1), at('a', 0)]))).toEqual([
    ['a', 1, 1, 1],
    ['a', 0, 1, 2],
  ]);
  sequences.reset();
  expect(firsts(sequences.take([at('a', 0)]))).toEqual([['a', 0, 1, 0]]);
  expect([after(5, 3), after(2 ** 31 - 2, 1), after(2 ** 31 - 1, 1), after(2 ** 31 - 2, 5)]).toEqual([
    8,
    2 ** 31 - 1,
    0,
    3,
  ]);
});

describeWithKafka('IdempotentProducer', () => {
  let topic: string;
  let producer: IdempotentProducer;
  beforeEach(async () => {
    [topic] = (await makeTopics(['idempotent'], 2)) as [string];
    producer = await IdempotentProducer.open(testSettings(), silent);
  });
  afterEach(() => producer.close());

  async function stored(partition = 0): Promise<(string | null)[]> {
    const reader = new KafkaLogReader(testSettings(), silent);
    const values: (string | null)[] = [];
    await reader.readToEnd([{ topic, partition, offset: 0 }], async ({ records }) => {
      values.push(...records.map(({ value }) => text(value)));
    });
    await reader.close();
    return values;
  }

  test('stores a batch once if its answer was lost', async () => {
    await producer.send([outgoing(topic, 0, 'a')]);
    const asked = onProduce(['lose-answer', 'lose-answer']);
    await producer.send([outgoing(topic, 0, 'b'), outgoing(topic, 1, 'x')]);
    expect(asked()).toBe(3);
    await producer.send([outgoing(topic, 0, 'c')]);
    expect([await stored(0), await stored(1)]).toEqual([['a', 'b', 'c'], ['x']]);
  });

  test('goes to the new leader', async () => {
    const refresh = jest.spyOn(BrokerLinks.prototype, 'refresh');
    onProduce(['NOT_LEADER_FOR_PARTITION']);
    await producer.send([outgoing(topic, 0, 'a')]);
    expect(refresh).toHaveBeenCalledTimes(1);
    expect(await stored()).toEqual(['a']);
  });

  test('sends again only what was refused', async () => {
    onProduce(['NOT_LEADER_FOR_PARTITION'], 1);
    await producer.send([outgoing(topic, 0, 'a'), outgoing(topic, 1, 'b')]);
    expect([await stored(0), await stored(1)]).toEqual([['a'], ['b']]);
  });

  test('gives up at once on a refusal that lasts', async () => {
    const asked = onProduce(['MESSAGE_TOO_LARGE']);
    await expect(producer.send([outgoing(topic, 0, 'a')])).rejects.toMatchObject({ type: 'MESSAGE_TOO_LARGE' });
    expect(asked()).toBe(1);
    await expect(producer.send([outgoing(unique('nowhere'), 0, 'a')])).rejects.toMatchObject({
      type: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
    await expect(producer.send([outgoing(topic, 7, 'a')])).rejects.toMatchObject({
      type: 'UNKNOWN_TOPIC_OR_PARTITION',
    });
  });
});

test('a connection that hangs does not hold a request for ever', async () => {
  jest.useFakeTimers();
  try {
    const links = new BrokerLinks({ brokers: ['127.0.0.1:1'], clientId: 'c' }, silent);
    const hanging = { connect: () => new Promise(() => undefined), findBroker: () => new Promise(() => undefined) };
    Object.assign(links, { cluster: hanging });
    const kind = { apiKey: 0, apiVersion: 7, apiName: 'Produce' };
    const outcomes = Promise.allSettled([
      links.connect(),
      links.ask({ nodeId: '1' }, kind, Buffer.alloc(0), () => ({})),
    ]);
    jest.advanceTimersByTime(46_000);
    for (const outcome of await outcomes) {
      expect(outcome.status === 'rejected' && outcome.reason).toBeInstanceOf(RequestUnanswered);
    }
  } finally {
    jest.useRealTimers();
  }
});
