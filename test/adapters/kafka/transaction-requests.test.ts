import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { BrokerLinks } from '../../../src/adapters/kafka/broker-links';
import { decodeProduce, encodeProduce, type ProduceOrigin } from '../../../src/adapters/kafka/produce-request';
import { RequestWriter } from '../../../src/adapters/kafka/protocol-bytes';
import {
  addOffsets,
  addPartitions,
  commitOffsets,
  endTransaction,
  initProducerId,
} from '../../../src/adapters/kafka/transaction-requests';
import { decodeLevels } from '../../../src/adapters/kafka/transaction-version';
import { outgoing } from './cluster';

interface KafkajsRequest {
  readonly apiKey: number;
  readonly apiVersion: number;
  encode(): Promise<{ readonly buffer: Buffer }>;
}
const load = createRequire(__filename);
const ofKafkajs = (request: string, version: number): ((options: object) => KafkajsRequest) =>
  load(join(load.resolve('kafkajs/package.json'), '..', 'src/protocol/requests', request, `v${version}`, 'request.js'));

const IDENTITY = { producerId: 4_711n, producerEpoch: 3 };
const TO = { nodeId: '1' };
const OF_KAFKAJS = { transactionalId: 'id', producerId: '4711', producerEpoch: 3 };

/** Notes the request, and answers with these bytes. */
function linksAnswering(answer: Buffer) {
  const asked: { apiKey: number; apiVersion: number; payload: Buffer }[] = [];
  const links: Pick<BrokerLinks, 'ask'> = {
    ask: async (_to, { apiKey, apiVersion }, payload, decode) => {
      asked.push({ apiKey, apiVersion, payload });
      return decode(answer);
    },
  };
  return { links: links as BrokerLinks, asked };
}

const plain = () => new RequestWriter().int32(0);
const partitionsAnswer = (code: number) =>
  plain().int32(1).plainText('t').int32(2).int32(0).int16(55).int32(1).int16(code).done();

test.each<[string, number, object, Buffer, (links: BrokerLinks) => Promise<unknown>]>([
  [
    'initProducerId',
    1,
    { transactionalId: 'id', transactionTimeout: 30_000 },
    plain().int16(0).int64(4_711n).int16(3).done(),
    (links) => initProducerId(links, TO, 'id', 30_000),
  ],
  [
    'addPartitionsToTxn',
    1,
    {
      ...OF_KAFKAJS,
      topics: [
        { topic: 't', partitions: [0, 1] },
        { topic: 'u', partitions: [0] },
      ],
    },
    partitionsAnswer(0),
    (links) =>
      addPartitions(links, TO, 'id', IDENTITY, [
        { topic: 't', partition: 0 },
        { topic: 'u', partition: 0 },
        { topic: 't', partition: 1 },
      ]),
  ],
  [
    'addOffsetsToTxn',
    1,
    { ...OF_KAFKAJS, groupId: 'group' },
    plain().int16(0).done(),
    (links) => addOffsets(links, TO, 'id', IDENTITY, 'group'),
  ],
  [
    'txnOffsetCommit',
    1,
    {
      ...OF_KAFKAJS,
      groupId: 'group',
      topics: [
        { topic: 't', partitions: [{ partition: 0, offset: '7', metadata: 'm' }] },
        { topic: 'u', partitions: [{ partition: 1, offset: '8', metadata: null }] },
      ],
    },
    partitionsAnswer(0),
    (links) =>
      commitOffsets(
        links,
        TO,
        'id',
        IDENTITY,
        'group',
        [
          { topic: 't', partition: 0, offset: 7, metadata: 'm' },
          { topic: 'u', partition: 1, offset: 8 },
        ],
        false,
      ),
  ],
  [
    'endTxn',
    1,
    { ...OF_KAFKAJS, transactionResult: true },
    plain().int16(0).done(),
    (links) => endTransaction(links, TO, 'id', IDENTITY, false),
  ],
])('%s %i as kafkajs writes it', async (request, version, options, answer, ask) => {
  const { links, asked } = linksAnswering(answer);
  // An answer of OPERATION_NOT_ATTEMPTED alone is a refusal, too.
  await ask(links).catch(() => undefined);
  const expected = ofKafkajs(request, version)(options);
  const { buffer } = await expected.encode();
  expect(asked).toEqual([{ apiKey: expected.apiKey, apiVersion: expected.apiVersion, payload: Buffer.from(buffer) }]);
});

test('a refused partition is told with its reason, not as one that was not attempted', async () => {
  const { links } = linksAnswering(partitionsAnswer(47));
  await expect(addPartitions(links, TO, 'id', IDENTITY, [{ topic: 't', partition: 1 }])).rejects.toMatchObject({
    type: 'INVALID_PRODUCER_EPOCH',
    message: 'the broker refuses a partition in a transaction, t/1: INVALID_PRODUCER_EPOCH',
  });
});

test('the end of a transaction gives the next identity in version 5, and keeps the old one before', async () => {
  const flexible = new RequestWriter().tags().int32(0).int16(0).int64(4_712n).int16(0).tags().done();
  const v2 = linksAnswering(flexible);
  expect(await endTransaction(v2.links, TO, 'id', IDENTITY, true)).toEqual({ producerId: 4_712n, producerEpoch: 0 });
  expect(v2.asked[0]).toMatchObject({ apiKey: 26, apiVersion: 5 });
  const v1 = linksAnswering(plain().int16(0).done());
  expect(await endTransaction(v1.links, TO, 'id', IDENTITY, false)).toEqual(IDENTITY);
  for (const code of [47, 48, 51, 90, 120]) {
    const { links } = linksAnswering(plain().int16(code).done());
    await expect(endTransaction(links, TO, 'id', IDENTITY, false)).rejects.toThrow('the end of a transaction');
  }
});

test('a produce request names each topic once, as kafkajs writes it', async () => {
  const origin: ProduceOrigin = { ...IDENTITY, transactionalId: 'id', isV2: false };
  const batch = (topic: string, partition: number, firstSequence: number, ...values: string[]) => {
    const records = values.map((value) => outgoing(topic, partition, value));
    return { topic, partition, firstSequence, records };
  };
  const batches = [batch('t', 0, 4, 'a', 'b'), batch('u', 0, 0, 'c'), batch('t', 1, 9, 'd')];
  const topicData = ['t', 'u'].map((topic) => ({
    topic,
    partitions: batches
      .filter((one) => one.topic === topic)
      .map(({ partition, firstSequence, records }) => ({
        partition,
        firstSequence,
        messages: records.map(({ key, value, timestampMs }) => ({
          key: Buffer.from(key!),
          value: Buffer.from(value!),
          timestamp: `${timestampMs}`,
        })),
      })),
  }));
  const { buffer } = await ofKafkajs('produce', 7)({ ...OF_KAFKAJS, acks: -1, timeout: 30_000, topicData }).encode();
  expect(encodeProduce(batches, origin).equals(buffer)).toBe(true);
});

test('reads the answers for partitions in either form, with the reason', () => {
  const origin = { ...IDENTITY, transactionalId: 'id' };
  const old = new RequestWriter().int32(1).plainText('t').int32(1).int32(3).int16(10).int64(-1).int64(-1).int64(0);
  expect(decodeProduce(old.int32(0).done(), { ...origin, isV2: false })).toEqual([
    { topic: 't', partition: 3, errorCode: 10, detail: null },
  ]);
  const flexible = new RequestWriter().tags().count(1).text('t').count(2);
  flexible.int32(3).int16(10).int64(-1).int64(-1).int64(0).count(0).text('too big').tags();
  flexible.int32(4).int16(87).int64(-1).int64(-1).int64(0).count(1).int32(6).text('no key').tags().count(-1).tags();
  expect(decodeProduce(flexible.tags().int32(0).tags().done(), { ...origin, isV2: true })).toEqual([
    { topic: 't', partition: 3, errorCode: 10, detail: 'too big' },
    { topic: 't', partition: 4, errorCode: 87, detail: 'record 6: no key' },
  ]);
});

test('reads the finalised features, and none from a broker without them', () => {
  const head = () => new RequestWriter().int16(0).count(1).int16(18).int16(0).int16(4).tags().int32(0);
  expect(decodeLevels(head().tags().done())).toEqual(new Map());
  const features = new RequestWriter().count(2);
  features.text('metadata.version').int16(27).int16(27).tags().text('transaction.version').int16(2).int16(0).tags();
  const bytes = features.done();
  // Tags: 0, skipped; 2, the finalised features.
  const answer = head()
    .bytes(Buffer.of(2, 0, 1, 1, 2, bytes.length))
    .bytes(bytes)
    .done();
  expect(decodeLevels(answer)).toEqual(
    new Map([
      ['metadata.version', 27],
      ['transaction.version', 2],
    ]),
  );
});
