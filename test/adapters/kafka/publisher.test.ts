import { CLIENT_RETRY, createKafka } from '../../../src/adapters/kafka/client';
import { KafkaLogReader } from '../../../src/adapters/kafka/log-reader';
import { KafkaPublisherOwnership } from '../../../src/adapters/kafka/publisher';
import type { PublisherSettings } from '../../../src/adapters/kafka/settings';
import { TransactionalProducer } from '../../../src/adapters/kafka/transactional-producer';
import { outcomeOf } from '../../../src/adapters/kafka/transactions';
import type { OutboxRecord } from '../../../src/ports/state-store';
import { describeWithKafka } from '../../support/services';
import { bytes, judgedError, makeTopics, outgoing, silent, testSettings, text, unique } from './cluster';

const update = (value: string): OutboxRecord => ({
  kind: 'update',
  key: bytes('k'),
  value: bytes(value),
  timestampMs: 1_700_000_000_000,
  covers: [0, -1],
});

describeWithKafka('KafkaPublisherOwnership', () => {
  let settings: PublisherSettings;
  let reader: KafkaLogReader;
  const owners: KafkaPublisherOwnership[] = [];

  beforeEach(async () => {
    const inputTopics = await makeTopics(['orders', 'clicks'], 2);
    const [updatesTopic, deadLettersTopic] = (await makeTopics(['updates', 'dead-letters'], 2)) as [string, string];
    const groupId = unique('group');
    const transactionalIdPrefix = unique('app');
    settings = { groupId, inputTopics, updatesTopic, deadLettersTopic, transactionalIdPrefix, mode: 'exactly-once' };
    reader = new KafkaLogReader(testSettings(), silent);
  });
  afterEach(async () => {
    await Promise.all(owners.splice(0).map((owner) => owner.close()));
    await reader.close();
  });

  function ownership(more: Partial<PublisherSettings> = {}): KafkaPublisherOwnership {
    const made = new KafkaPublisherOwnership(testSettings(), { ...settings, ...more }, silent);
    owners.push(made);
    return made;
  }

  async function published(topic = settings.updatesTopic): Promise<(string | null)[]> {
    const values: (string | null)[] = [];
    await reader.readToEnd([{ topic, partition: 0, offset: 0 }], async ({ records }) => {
      values.push(...records.map(({ value }) => text(value)));
    });
    return values;
  }

  /** An owner that dies in the middle: offsets and a record are in its transaction, its end is not sent. */
  async function halfDone(value: string) {
    const producer = await TransactionalProducer.open(
      testSettings(),
      silent,
      `${settings.transactionalIdPrefix}-0`,
      30_000,
    );
    await producer.sendOffsets(settings.groupId, [{ topic: settings.inputTopics[0]!, partition: 0, offset: 99 }]);
    await producer.send([outgoing(settings.updatesTopic, 0, value)]);
    return producer;
  }

  test("aborts a zombie's open transaction, and the zombie cannot end it any more", async () => {
    const first = await ownership().own(0);
    expect(await first.publish([update('one')], [1, 0])).toBe('published');
    await first.close();
    const error = await judgedError(async () => {
      const zombie = await halfDone('zombie');
      const second = await ownership().own(0);
      expect(second.emitted).toEqual([1, 0]);
      await zombie.commit().finally(() => zombie.close());
    });
    expect({ outcome: outcomeOf(error), error }).toMatchObject({ outcome: 'fenced' });
    expect(await (await ownership().own(0)).publish([update('two')], [2, 0])).toBe('published');
    expect(await published()).toEqual(['one', 'two']);
  });

  test('shows E right after a commit whose markers are still being written, many times over', async () => {
    let emitted = 0;
    for (let round = 0; round < 15; round++) {
      const owner = await ownership().own(0);
      expect(owner.emitted).toEqual(emitted === 0 ? null : [emitted, 0]);
      for (let n = 0; n < 3; n++) expect(await owner.publish([update(`${emitted}`)], [++emitted, 0])).toBe('published');
    }
    expect(await published()).toEqual(Array.from({ length: emitted }, (_, i) => `${i}`));
  });

  test('stays fenced', async () => {
    const first = await ownership().own(0);
    const second = await ownership().own(0);
    expect(await first.publish([update('a')], [1, 0])).toBe('fenced');
    expect(await first.publish([], [1, 0])).toBe('fenced');
    expect(await second.publish([update('b')], [1, 0])).toBe('published');
  });

  test('publishes more in one transaction than one produce request may carry', async () => {
    const owner = await ownership().own(0);
    const records = Array.from({ length: 30 }, (_, i) => update(`${i} ${'x'.repeat(100_000)}`));
    expect(await owner.publish(records, [30, 0])).toBe('published');
    expect((await published()).map((value) => Number(value!.split(' ')[0]))).toEqual(records.map((_, i) => i));
  });

  test('answers unknown and publishes nothing if a record is refused', async () => {
    const owner = await ownership().own(0);
    expect(await owner.publish([update('small'), update('x'.repeat(2_000_000))], [2, 0])).toBe('unknown');
    await owner.close();
    const next = await ownership().own(0);
    expect(next.emitted).toBeNull();
    expect(await published()).toEqual([]);
  });

  test('leaves no sentinel in the input topics, and stands at the end of the dead letters', async () => {
    await ownership().own(0);
    const admin = createKafka(testSettings(), silent, CLIENT_RETRY).admin();
    await admin.connect();
    const offsets = await admin.fetchOffsets({
      groupId: settings.groupId,
      topics: [...settings.inputTopics, settings.deadLettersTopic],
    });
    await admin.disconnect();
    expect(offsets.map(({ partitions }) => partitions.find(({ partition }) => partition === 0)!.offset)).toEqual([
      '-1',
      '-1',
      '0',
    ]);
  });

  test('owns many partitions at once', async () => {
    // Topics and group just made, so leaders and coordinators are still on their way.
    const owner = ownership();
    const both = await Promise.all([owner.own(0), owner.own(1)]);
    expect(await Promise.all(both.map((one) => one.publish([update('a')], [1, 0])))).toEqual([
      'published',
      'published',
    ]);
  });

  test('publishes at least once without a transaction; E follows by the close', async () => {
    const first = await ownership({ mode: 'at-least-once' }).own(0);
    expect(await first.publish([update('a')], [1, 0])).toBe('published');
    expect(await published()).toEqual(['a']);
    expect(await first.publish([update('b')], [2, 0])).toBe('published');
    await first.close();
    const second = await ownership({ mode: 'at-least-once' }).own(0);
    expect(second.emitted).toEqual([2, 0]);
    expect(await published()).toEqual(['a', 'b']);
  });

  test('at least once: an owner of before learns that it is fenced when it moves E', async () => {
    const first = await ownership({ mode: 'at-least-once' }).own(0);
    const second = await ownership({ mode: 'at-least-once' }).own(0);
    let outcome = await first.publish([update('a')], [7, 0]);
    while (outcome === 'published') {
      await new Promise((resolve) => setTimeout(resolve, 50));
      outcome = await first.publish([], [7, 0]);
    }
    expect(outcome).toBe('fenced');
    await second.close();
    expect((await ownership().own(0)).emitted).toBeNull();
  });
});
