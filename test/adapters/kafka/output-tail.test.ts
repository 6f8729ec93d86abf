import { createCluster, createKafka } from '../../../src/adapters/kafka/client';
import { KafkaLogReader } from '../../../src/adapters/kafka/log-reader';
import { KafkaLogWriter } from '../../../src/adapters/kafka/log-writer';
import { emittedMoves } from '../../../src/adapters/kafka/outbox';
import { readOutputTail } from '../../../src/adapters/kafka/output-tail';
import { KafkaPublisherOwnership } from '../../../src/adapters/kafka/publisher';
import type { PublisherSettings } from '../../../src/adapters/kafka/settings';
import { TransactionalProducer } from '../../../src/adapters/kafka/transactional-producer';
import { judgeEmitted } from '../../../src/delivery/emitted';
import { INPUT_ROLES } from '../../../src/domain/event';
import type { FencedPublisher } from '../../../src/ports/publisher';
import type { OutboxRecord } from '../../../src/ports/state-store';
import { DeadLetterCodec } from '../../../src/serde/dead-letter-codec';
import { UpdateCodec } from '../../../src/serde/update-codec';
import { fakeUpdate } from '../../support/fake-updates';
import { until } from '../../support/process';
import { setGroupOffsets } from '../../support/retention';
import { describeWithKafka } from '../../support/services';
import { bytes, makeTopics, outgoing, silent, testSettings, truncate, unique } from './cluster';

const update: OutboxRecord = {
  kind: 'update',
  key: bytes('k'),
  value: bytes('u'),
  timestampMs: 1_700_000_000_000,
  covers: [0, -1],
};
const letter: OutboxRecord = { ...update, kind: 'dead-letter', key: null };

describeWithKafka('the tail of the output topics', () => {
  let settings: PublisherSettings;
  const closing: { close(): Promise<void> }[] = [];

  beforeEach(async () => {
    const inputTopics = await makeTopics(['orders', 'clicks'], 1);
    const [updatesTopic, deadLettersTopic] = (await makeTopics(['updates', 'dead-letters'], 1)) as [string, string];
    settings = {
      groupId: unique('group'),
      inputTopics,
      updatesTopic,
      deadLettersTopic,
      transactionalIdPrefix: unique('app'),
      mode: 'exactly-once',
    };
  });
  afterEach(async () => {
    await Promise.all(closing.splice(0).map((one) => one.close()));
  });

  async function own(more: Partial<PublisherSettings> = {}): Promise<FencedPublisher> {
    const ownership = new KafkaPublisherOwnership(testSettings(), { ...settings, ...more }, silent);
    closing.push(ownership);
    return ownership.own(0);
  }

  async function publish(records: readonly OutboxRecord[], emitted: readonly number[], more = {}): Promise<void> {
    expect(await (await own(more)).publish(records, emitted)).toBe('published');
  }

  /** A transaction as a version before the header writes it, or one that its owner leaves open. */
  async function transaction(values: { topic: string; value: Uint8Array }[], end: 'commit' | 'open'): Promise<void> {
    const id = `${settings.transactionalIdPrefix}-0`;
    const producer = await TransactionalProducer.open(testSettings(), silent, id, 30_000);
    await producer.sendOffsets(settings.groupId, [{ topic: settings.inputTopics[0]!, partition: 0, offset: 7 }]);
    for (const { topic, value } of values) await producer.send([{ ...outgoing(topic, 0, ''), key: null, value }]);
    if (end === 'commit') await producer.commit();
    await producer.close();
  }

  async function append(topic: string, values: readonly string[]): Promise<void> {
    const writer = new KafkaLogWriter(testSettings(), silent);
    await writer.append(values.map((value) => outgoing(topic, 0, value)));
    await writer.close();
  }

  test('is E of the newest transaction with records, whichever topic these went to', async () => {
    expect((await own()).tail).toEqual({ emitted: [], exact: true });
    await publish([update, letter], [1, 1]);
    await publish([letter], [1, 4]);
    expect((await own()).tail).toEqual({ emitted: [1, 4], exact: true });
    for (let n = 2; n < 5; n++) await publish([update], [n, 4]);
    await publish([], [9, 9]);
    const last = await own();
    expect([last.emitted, last.tail]).toEqual([[9, 9], { emitted: [4, 4], exact: true }]);
  });

  test('is found behind aborted records, tombstones and what others appended', async () => {
    await publish([update, letter], [2, 1]);
    for (let n = 0; n < 3; n++) {
      const { updatesTopic: topic } = settings;
      await transaction(
        Array.from({ length: 30 }, () => ({ topic, value: bytes('aborted') })),
        'open',
      );
      await publish([], [2, 1]);
    }
    await append(
      settings.updatesTopic,
      Array.from({ length: 400 }, (_, n) => `not ours ${n}`),
    );
    const tombstone = { ...outgoing(settings.updatesTopic, 0, ''), value: null };
    const writer = new KafkaLogWriter(testSettings(), silent);
    await writer.append([tombstone]);
    await writer.close();
    expect((await own()).tail).toEqual({ emitted: [2, 1], exact: true });
  });

  test('hears neither other groups nor records that no transaction wrote', async () => {
    await publish([update], [2, 1]);
    await publish([update, letter], [50, 50], { groupId: unique('other'), transactionalIdPrefix: unique('other') });
    await publish([update, letter], [60, 60], { mode: 'at-least-once' });
    expect((await own({ mode: 'at-least-once' })).tail).toBeNull();
    expect((await own()).tail).toEqual({ emitted: [2, 1], exact: true });
  });

  test('takes records without the header for their own source, and reports that there may be more', async () => {
    const [orders, clicks] = settings.inputTopics as [string, string];
    const source = (topic: number, offset: number) => ({ source: { topic, partition: 0, offset } });
    const { updatesTopic, deadLettersTopic } = settings;
    const updates = new UpdateCodec();
    const example = fakeUpdate({ folded: INPUT_ROLES.map(() => ({ count: 0, hash: 0 })) });
    const old = [source(0, 6), source(1, 2), { source: { topic: 1, partition: 3, offset: 99 } }].map((change) => ({
      topic: updatesTopic,
      value: updates.encode({ ...example, ...change }),
    }));
    const dead = new DeadLetterCodec().encode({
      reason: 'undecodable',
      detail: 'd',
      topic: clicks,
      partition: 0,
      offset: 8,
      timestampMs: 0,
      key: null,
      value: null,
    });
    await publish([update], [3, 4]);
    expect(orders).not.toBe(clicks);
    await transaction([...old, { topic: deadLettersTopic, value: dead }], 'commit');
    expect((await own()).tail).toEqual({ emitted: [7, 9], exact: false });
    await publish([update, letter], [8, 9]);
    expect((await own()).tail).toEqual({ emitted: [8, 9], exact: true });
  });

  test('is not exact if retention took the newest records', async () => {
    await publish([letter], [3, 0]);
    const reader = new KafkaLogReader(testSettings(), silent);
    closing.push(reader);
    // The record and the end of its transaction, which the broker writes after it has answered.
    await until('the end is written', async () => (await reader.bounds(settings.deadLettersTopic, 0)).end === 2);
    await truncate(settings.deadLettersTopic, 0, 2);
    expect((await own()).tail).toEqual({ emitted: [], exact: false });
    await publish([update], [4, 0]);
    expect((await own()).tail).toEqual({ emitted: [4, 0], exact: false });
  });

  test('costs a bounded number of fetches, however long the log', async () => {
    await publish([update], [5, 5]);
    await append(
      settings.updatesTopic,
      Array.from({ length: 700 }, () => 'x'),
    );
    const cluster = createCluster(createKafka(testSettings(), silent));
    await cluster.connect();
    const { findBroker } = cluster;
    let fetches = 0;
    cluster.findBroker = async (node) => {
      fetches++;
      return findBroker.call(cluster, node);
    };
    const tail = await readOutputTail(cluster, [settings.updatesTopic], 0, () => null, 2);
    await cluster.disconnect();
    expect(tail).toEqual({ emitted: [], exact: false });
    // Of the 700 offsets the newest 64 and the 256 before them; one fetch more to see where readers end.
    expect(fetches).toBeLessThan(8);
  });

  test('offsets that a tool set bear no mark; a publication marks all of them again', async () => {
    await publish([update], [5, 2]);
    await setGroupOffsets(settings.groupId, [{ topic: settings.inputTopics[1]!, partition: 0, offset: 40 }]);
    const owner = await own();
    expect([owner.emitted, owner.unmarked]).toEqual([[5, 40], [1]]);
    expect(await owner.publish([], [5, 3])).toBe('published');
    await until('the publication shows', async () => (await owner.readEmitted()).emitted?.[1] === 3);
    expect(await owner.readEmitted()).toMatchObject({ emitted: [5, 3], unmarked: [], withRecords: [] });
  });

  test('offsets show whether records went with them, so a transaction that readers do not see is detected', async () => {
    await publish([update], [5, 2]);
    expect((await own()).withRecords).toEqual([0, 1]);
    // As a coordinator answers that keeps the offsets of an aborted transaction.
    const moves = emittedMoves(settings, 0, [9, 4], true);
    await setGroupOffsets(settings.groupId, moves);
    const { emitted, unmarked, withRecords, tail } = await own();
    const group = { emitted, unmarked, withRecords };
    expect(group).toEqual({ emitted: [9, 4], unmarked: [], withRecords: [0, 1] });
    expect(judgeEmitted({ ...group, published: [5, 2], tail })).toEqual({
      emitted: [5, 2],
      stale: [],
      moved: [],
      unshown: [0, 1],
    });
  });
});
