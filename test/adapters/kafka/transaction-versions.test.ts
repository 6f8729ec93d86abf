import { BrokerLinks } from '../../../src/adapters/kafka/broker-links';
import { createCluster, createKafka } from '../../../src/adapters/kafka/client';
import { KafkaLogReader } from '../../../src/adapters/kafka/log-reader';
import { RequestWriter } from '../../../src/adapters/kafka/protocol-bytes';
import { KafkaPublisherOwnership } from '../../../src/adapters/kafka/publisher';
import { TransactionalProducer } from '../../../src/adapters/kafka/transactional-producer';
import { outcomeOf } from '../../../src/adapters/kafka/transactions';
import { askBroker } from '../../../src/adapters/kafka/wire-requests';
import type { OutboxRecord } from '../../../src/ports/state-store';
import { until } from '../../support/process';
import { describeWithOwnKafka, type Service, startKafka } from '../../support/services';
import { bytes, makeTopics, outgoing, silent, testSettings, text, unique } from './cluster';

const UPDATE_FEATURES = { apiKey: 57, apiVersion: 1, apiName: 'UpdateFeatures' };
const UPGRADE = 1;
const DOWNGRADE = 2;

describeWithOwnKafka('a broker whose transaction version changes', () => {
  let broker: Service;
  let inputTopics: string[];
  let updatesTopic: string;
  let deadLettersTopic: string;

  beforeAll(async () => {
    broker = await startKafka();
  });
  afterAll(() => broker?.stop());
  beforeEach(async () => {
    inputTopics = await makeTopics(['orders', 'clicks'], 1, {}, settings());
    [updatesTopic, deadLettersTopic] = (await makeTopics(['updates', 'letters'], 1, {}, settings())) as [
      string,
      string,
    ];
  });

  const settings = () => testSettings([broker.address]);

  /** As kafka-features does. Resolves when new producers see it. */
  async function finalize(level: number): Promise<void> {
    const cluster = createCluster(createKafka(settings(), silent));
    await cluster.connect();
    try {
      await cluster.addMultipleTargetTopics([]);
      for (const how of [UPGRADE, DOWNGRADE]) {
        const writer = new RequestWriter().tags().int32(30_000).count(1).text('transaction.version').int16(level);
        const payload = writer.bytes(Buffer.of(how)).tags().flag(false).tags().done();
        await askBroker(await cluster.findControllerBroker(), UPDATE_FEATURES, payload, (answer) => {
          return { answer };
        });
      }
    } finally {
      await cluster.disconnect();
    }
    await until(`level ${level} shows`, async () => {
      const producer = await TransactionalProducer.open(settings(), silent, unique('probe'), 30_000);
      await producer.close();
      return producer.isV2 === level >= 2;
    });
  }

  function ownership(name: string): KafkaPublisherOwnership {
    const more = { groupId: name, transactionalIdPrefix: name, mode: 'exactly-once' as const };
    return new KafkaPublisherOwnership(settings(), { ...more, inputTopics, updatesTopic, deadLettersTopic }, silent);
  }

  const update = (value: string): OutboxRecord => ({
    kind: 'update',
    key: bytes('k'),
    value: bytes(value),
    timestampMs: 1,
    covers: [0, -1],
  });

  async function published(topic = updatesTopic): Promise<(string | null)[]> {
    const reader = new KafkaLogReader(settings(), silent);
    const values: (string | null)[] = [];
    await reader.readToEnd([{ topic, partition: 0, offset: 0 }], async ({ records }) => {
      values.push(...records.map(({ value }) => text(value)));
    });
    await reader.close();
    return values;
  }

  test.each([
    [2, 1],
    [1, 2],
  ])('from %i to %i: a running publisher goes on, and the next one goes on after it', async (from, to) => {
    await finalize(from);
    const owners = ownership(unique('app'));
    const expected: string[] = [];
    const outcomes: string[] = [];
    const publish = async (owner: Awaited<ReturnType<typeof owners.own>>) => {
      for (let n = 0; n < 5; n++) {
        const value = `${expected.length}`;
        outcomes.push(await owner.publish([update(value)], [expected.length + 1, 0]));
        expected.push(value);
      }
    };
    const first = await owners.own(0);
    await publish(first);
    await finalize(to);
    await publish(first);
    const second = await owners.own(0);
    expect(second.emitted).toEqual([expected.length, 0]);
    expect(await first.publish([update('zombie')], [99, 0])).toBe('fenced');
    await publish(second);
    await finalize(from);
    await publish(second);
    await owners.close();
    expect(outcomes.every((outcome) => outcome === 'published')).toBe(true);
    expect(await published()).toEqual(expected);
  });

  test.each([1, 2])('at level %i, records of many requests and topics are one transaction', async (level) => {
    await finalize(level);
    const id = unique('id');
    const producer = await TransactionalProducer.open(settings(), silent, id, 30_000);
    expect(producer.isV2).toBe(level === 2);
    for (let round = 0; round < 3; round++) {
      await producer.send([outgoing(updatesTopic, 0, `a${round}`), outgoing(deadLettersTopic, 0, `l${round}`)]);
      await producer.send([outgoing(updatesTopic, 0, `b${round}`)]);
      await producer.commit();
    }
    await producer.send([outgoing(updatesTopic, 0, 'open')]);
    await producer.close();
    await settle(id);
    expect(await published()).toEqual(['a0', 'b0', 'a1', 'b1', 'a2', 'b2']);
    expect(await published(deadLettersTopic)).toEqual(['l0', 'l1', 'l2']);
  });

  test.each([
    [2, 'is refused', ['a']],
    [1, 'ends the next transaction: only that it is sent once helps', ['a', 'b']],
  ])('at level %i, an end that arrives late %s', async (level, _what, expected) => {
    await finalize(level);
    const id = unique('id');
    const producer = await TransactionalProducer.open(settings(), silent, id, 30_000);
    const ask = jest.spyOn(BrokerLinks.prototype, 'ask');
    await producer.send([outgoing(updatesTopic, 0, 'a')]);
    await producer.commit();
    const end = ask.mock.lastCall!;
    const [{ apiName }, links] = [end[1], ask.mock.contexts.at(-1) as BrokerLinks];
    ask.mockRestore();
    expect(apiName).toBe('EndTxn');
    await producer.send([outgoing(updatesTopic, 0, 'b')]);
    const late = await links.ask(...end).then(
      () => 'done',
      (error) => outcomeOf(error),
    );
    expect(late).toBe(level === 2 ? 'fenced' : 'done');
    await producer.close();
    await settle(id);
    expect(await published()).toEqual(expected);
  });

  /** Aborts what the last producer of the transactional id left open. */
  async function settle(id: string): Promise<void> {
    await (await TransactionalProducer.open(settings(), silent, id, 30_000)).close();
  }
});
