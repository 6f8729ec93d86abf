import { passes } from '../../src/domain/audit/audit';
import type { DeadLetterReason } from '../../src/domain/dead-letter';
import { murmur2Partition } from '../../src/domain/math/hash';
import { EventEncoder } from '../../src/serde/event-encoder';
import { type DeploymentKind, openDeployment } from '../support/deployment';
import { anEvent } from '../support/events';
import { describeWithKafkaAndRedis } from '../support/services';

const encoder = new EventEncoder('EUR');
const bytes = (text: string) => new TextEncoder().encode(text);
const json = (record: object) => bytes(JSON.stringify(record));
const order = (change: object) => ({
  orderId: 'o1',
  eventId: 'e1',
  customerId: 'ann',
  status: 'placed',
  eventTime: '2024-03-01T10:00:00Z',
  amountMinor: 1000,
  currency: 'EUR',
  items: 1,
  ...change,
});

/** Each bad record with the reason it must get, in the partition of customer ann unless it says otherwise. */
const BAD: readonly {
  readonly value: Uint8Array | null;
  readonly reason: DeadLetterReason;
  readonly elsewhere?: true;
}[] = [
  { value: bytes('no record at all'), reason: 'undecodable' },
  { value: new Uint8Array([0, 0, 0, 0]), reason: 'undecodable' },
  { value: null, reason: 'undecodable' },
  { value: new Uint8Array([0, 0, 0, 99, 99, 1, 2, 3]), reason: 'unknown-schema' },
  { value: json(order({ amountMinor: -5 })), reason: 'negative-amount' },
  { value: json(order({ currency: 'USD' })), reason: 'wrong-currency' },
  { value: json(order({ customerId: '' })), reason: 'missing-customer-id' },
  { value: json(order({ eventTime: '2093-01-01T00:00:00Z' })), reason: 'time-out-of-range' },
  { value: json(order({ customerId: 'ann' })), reason: 'wrong-partition', elsewhere: true },
];

function suite(kind: DeploymentKind): void {
  test('gives one dead letter each, with the original bytes and a literal reason, and the partition goes on', async () => {
    const deployment = await openDeployment(kind);
    try {
      const [topic] = deployment.platform.topics.inputs;
      const own = murmur2Partition(bytes('ann'), 3);
      const good = (n: number) => {
        const { value } = encoder.encodeEvent(
          anEvent({ customerId: 'ann', eventId: `g${n}`, timeS: 1_709_000_000 + n }),
        );
        return { topic, partition: own, key: bytes('ann'), value, timestampMs: Date.now() };
      };
      await deployment.write([good(1)]);
      for (const { value, elsewhere } of BAD) {
        const partition = elsewhere ? (own + 1) % 3 : own;
        await deployment.write([{ topic, partition, key: bytes('some key'), value, timestampMs: Date.now() }]);
      }
      // JSON that fits the schema is as good as Avro; the same event again is a duplicate.
      const plain = {
        topic,
        partition: own,
        key: bytes('ann'),
        value: json(order({ eventId: 'e9', orderId: 'o9' })),
        timestampMs: Date.now(),
      };
      await deployment.write([good(2), plain, plain]);
      await deployment.startScorer();
      await deployment.drained();

      const letters = await deployment.deadLetters();
      const found = letters.map(({ reason, value, topic: from }) => ({
        reason,
        value: value && Buffer.from(value).toString('hex'),
        from,
      }));
      const expected = [...BAD, { value: plain.value, reason: 'duplicate' as const }].map(({ reason, value }) => ({
        reason,
        value: value && Buffer.from(value).toString('hex'),
        from: topic,
      }));
      const byReason = (a: { reason: string; value: string | null }, b: { reason: string; value: string | null }) =>
        `${a.reason}${a.value}`.localeCompare(`${b.reason}${b.value}`);
      expect(found.sort(byReason)).toEqual(expected.sort(byReason));
      for (const { offset, partition, detail } of letters) {
        expect(offset).toBeGreaterThanOrEqual(0);
        expect([own, (own + 1) % 3]).toContain(partition);
        expect(detail.length).toBeGreaterThan(10);
      }
      const updates = await deployment.updates();
      expect(updates.map((update) => update.customerId)).toEqual(['ann', 'ann', 'ann']);
      expect(updates.at(-1)!.history.orders).toBe(3);
      expect((await deployment.audit()).every(passes)).toBe(true);
    } finally {
      await deployment.close();
    }
  });
}

describe('bad input on the embedded store', () => suite('embedded'));
describeWithKafkaAndRedis('bad input on Kafka and Redis', () => suite('kafka'));
