import { createHash } from 'node:crypto';
import { CompressionTypes, Partitioners } from 'kafkajs';
import { createKafka } from '../../src/adapters/kafka/client';
import { passes } from '../../src/domain/audit/audit';
import { type DeadLetter, isWhole } from '../../src/domain/dead-letter';
import { murmur2Partition } from '../../src/domain/math/hash';
import type { OutgoingRecord } from '../../src/ports/log';
import { EventEncoder } from '../../src/serde/event-encoder';
import { runCommand } from '../support/cli';
import { environmentOf } from '../support/cli-process';
import { type Deployment, openDeployment } from '../support/deployment';
import { anEvent } from '../support/events';
import { describeWithKafkaAndRedis, kafkaBrokers } from '../support/services';

const encoder = new EventEncoder('EUR');
const bytes = (text: string) => new TextEncoder().encode(text);
const PARTITION = murmur2Partition(bytes('ann'), 3);
const sha256 = (value: Uint8Array) => createHash('sha256').update(value).digest('hex');

function ordersOf(deployment: Deployment, from: number, count: number): OutgoingRecord[] {
  const [topic] = deployment.platform.topics.inputs;
  return Array.from({ length: count }, (_, i) => {
    const event = anEvent({ customerId: 'ann', eventId: `g${from + i}`, timeS: 1_709_000_000 + from + i });
    const { value } = encoder.encodeEvent(event);
    return { topic, partition: PARTITION, key: bytes('ann'), value, timestampMs: Date.now() };
  });
}

/** What an input topic of Kafka's default size takes, uncompressed. */
const HUGE: readonly { readonly what: string; readonly key: Uint8Array | null; readonly value: Uint8Array | null }[] = [
  { what: 'nearly all that the topic takes', key: bytes('ann'), value: Buffer.alloc(1_048_400, '#') },
  { what: 'all that the topic takes', key: bytes('ann'), value: Buffer.alloc(1_048_490, '#') },
  { what: 'a huge key', key: Buffer.alloc(1_040_000, 'k'), value: bytes('{}') },
  { what: 'a huge key of a tombstone', key: Buffer.alloc(1_040_000, 'k'), value: null },
  { what: 'a huge id in an order', key: bytes('ann'), value: bytes(`{"customerId":"${'x'.repeat(1_000_000)}"}`) },
];

/** Publishes what compression makes small. */
async function produceCompressed(topic: string, partition: number, value: Buffer): Promise<void> {
  const settings = { brokers: kafkaBrokers() ?? [], clientId: 'huge' };
  const createPartitioner = Partitioners.DefaultPartitioner;
  const producer = createKafka(settings, () => undefined).producer({ createPartitioner });
  await producer.connect();
  await producer.send({ topic, compression: CompressionTypes.GZIP, messages: [{ partition, key: 'ann', value }] });
  await producer.disconnect();
}

async function lettersOnceDrained(deployment: Deployment): Promise<DeadLetter[]> {
  await deployment.startScorer();
  await deployment.drained();
  return deployment.deadLetters();
}

describe('records of any size on the embedded store', () => {
  test('end as one dead letter each, and the partition goes on', async () => {
    const deployment = await openDeployment('embedded');
    try {
      const [topic] = deployment.platform.topics.inputs;
      const huge = [...HUGE, { key: bytes('ann'), value: Buffer.alloc(20_000_000, '#') }];
      await deployment.write(
        huge.map((record) => ({ ...record, topic, partition: PARTITION, timestampMs: Date.now() })),
      );
      await deployment.write(ordersOf(deployment, 0, 5));
      const letters = await lettersOnceDrained(deployment);
      // The log takes any size; what would be a burden to whoever lists letters is cut all the same.
      expect(letters.map((letter) => isWhole(letter))).toEqual([true, true, true, true, true, false]);
      expect(letters.at(-1)!.originalBytes).toBe(20_000_000);
      expect(await deployment.updates()).toHaveLength(5);
      expect((await deployment.audit()).every(passes)).toBe(true);
    } finally {
      await deployment.close();
    }
  });
});

describeWithKafkaAndRedis('records of any size on Kafka and Redis', () => {
  test.each(['exactly-once', 'at-least-once'])(
    'end as one dead letter each, cut where they must be, and the partition goes on: %s',
    async (delivery) => {
      const deployment = await openDeployment('kafka', { CLV_DELIVERY: delivery });
      try {
        const [topic] = deployment.platform.topics.inputs;
        const compressed = Buffer.alloc(6_000_000, 'garbage ');
        for (const record of HUGE) {
          await deployment.write([{ ...record, topic, partition: PARTITION, timestampMs: Date.now() }]);
        }
        await produceCompressed(topic, PARTITION, compressed);
        await deployment.write(ordersOf(deployment, 0, 5));
        const letters = await lettersOnceDrained(deployment);
        const originals = [...HUGE.map(({ value }) => value), compressed];
        expect(letters).toHaveLength(originals.length);
        for (const [i, letter] of letters.entries()) {
          const original = originals[i]!;
          expect(letter.offset).toBe(i);
          if (isWhole(letter)) {
            expect(Buffer.from(original!).equals(letter.value!)).toBe(true);
          } else {
            expect(letter.originalBytes).toBe(original?.length ?? 0);
            expect(letter.originalSha256).toBe(original === null ? undefined : sha256(original));
          }
        }
        // An ordinary key leaves room for all of what one record can hold; only the huge keys and the 6 MB do not fit.
        expect(letters.map((letter) => isWhole(letter))).toEqual([true, true, false, false, true, false]);
        expect((await deployment.updates()).map(({ customerId }) => customerId)).toEqual(new Array(5).fill('ann'));
        expect((await deployment.audit()).every(passes)).toBe(true);
        if (delivery === 'exactly-once') refusesToReplay(deployment);
      } finally {
        await deployment.close();
      }
    },
    240_000,
  );

  test('a topic made smaller under waiting letters does not hold its partition', async () => {
    const deployment = await openDeployment('kafka');
    try {
      const { deadLetters, inputs } = deployment.platform.topics;
      const settings = { brokers: kafkaBrokers() ?? [], clientId: 'smaller' };
      const admin = createKafka(settings, () => undefined).admin();
      await admin.connect();
      const setBytes = (name: string, value: string) =>
        admin.alterConfigs({
          validateOnly: false,
          resources: [{ type: 2, name, configEntries: [{ name: 'max.message.bytes', value }] }],
        });
      await deployment.startScorer();
      await deployment.write(ordersOf(deployment, 0, 1));
      await deployment.drained();
      await setBytes(deadLetters, '100000');
      await deployment.write([
        {
          topic: inputs[0],
          partition: PARTITION,
          key: null,
          value: Buffer.alloc(500_000, '#'),
          timestampMs: Date.now(),
        },
      ]);
      await deployment.write(ordersOf(deployment, 1, 2));
      await deployment.drained();
      const [letter] = await deployment.deadLetters();
      expect(letter).toMatchObject({ reason: 'undecodable', originalBytes: 500_000 });
      expect(letter!.value!.length).toBeGreaterThan(50_000);
      expect(await deployment.updates()).toHaveLength(3);
      await admin.disconnect();
    } finally {
      await deployment.close();
    }
  });
});

function refusesToReplay(deployment: Deployment): void {
  const environment = environmentOf(deployment.settings);
  const list = runCommand(['dead-letters', 'list'], environment).stdout;
  expect(list).toMatch(/incomplete: 6000000 bytes, SHA-256 [0-9a-f]{64}/);
  const planned = runCommand(['dead-letters', 'replay'], environment);
  expect(planned.stdout).toMatch(/left: its bytes are incomplete: \d+ of 6000000 were kept; copy the record from /);
  expect(planned.code).toBe(0);
}
