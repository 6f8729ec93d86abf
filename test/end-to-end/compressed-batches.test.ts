import { compress as zstd } from '@bokuweb/zstd-wasm';
import { CompressionCodecs, CompressionTypes, Partitioners } from 'kafkajs';
import * as snappy from 'snappyjs';
import { createKafka } from '../../src/adapters/kafka/client';
import { inflate } from '../../src/adapters/kafka/compression/inflate';
import { passes } from '../../src/domain/audit/audit';
import { murmur2Partition } from '../../src/domain/math/hash';
import { EventEncoder } from '../../src/serde/event-encoder';
import { runCommand } from '../support/cli';
import { environmentOf } from '../support/cli-process';
import { type Deployment, openDeployment } from '../support/deployment';
import { anEvent } from '../support/events';
import { lz4Frame } from '../support/lz4-frames';
import { describeWithKafkaAndRedis, kafkaBrokers } from '../support/services';

const encoder = new EventEncoder('EUR');
const PARTITIONS = 3;
const PARTITION = murmur2Partition(new TextEncoder().encode('ann'), PARTITIONS);
const MEBIBYTE = 1024 * 1024;

/** kafkajs packs with gzip only. */
function registerPackers(): void {
  const register = (type: 2 | 3 | 4, pack: (plain: Buffer) => Uint8Array) => {
    CompressionCodecs[type] = () => ({
      compress: async ({ buffer }: { buffer: Buffer }) => Buffer.from(pack(buffer)),
      decompress: async () => Promise.reject(new Error('this test only packs')),
    });
  };
  register(CompressionTypes.Snappy, (plain) => snappy.compress(plain));
  register(CompressionTypes.LZ4, (plain) => lz4Frame(plain));
  register(CompressionTypes.ZSTD, (plain) => zstd(plain));
}

beforeAll(async () => {
  // Loads the library, which must not be loaded twice.
  await inflate('zstd', Buffer.alloc(4), 1);
  registerPackers();
});

interface Produced {
  readonly partition: number;
  readonly key: string;
  readonly value: Buffer;
}

function orderOf(customerId: string, n: number): Produced {
  const { value } = encoder.encodeEvent(anEvent({ customerId, eventId: `e${n}`, timeS: 1_709_000_000 + n }));
  const partition = murmur2Partition(new TextEncoder().encode(customerId), PARTITIONS);
  return { partition, key: customerId, value: Buffer.from(value) };
}

/** Each list as one request, so as one batch per partition. */
async function produce(topic: string, compression: CompressionTypes, batches: readonly Produced[][]): Promise<void> {
  const settings = { brokers: kafkaBrokers() ?? [], clientId: 'bombs' };
  const createPartitioner = Partitioners.DefaultPartitioner;
  const producer = createKafka(settings, () => undefined).producer({ createPartitioner });
  await producer.connect();
  for (const messages of batches) await producer.send({ topic, compression, messages });
  await producer.disconnect();
}

/** The largest memory of this process from now until it is asked. */
function watchMemory(): () => number {
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  return () => {
    clearInterval(timer);
    return Math.max(most, process.memoryUsage.rss()) - before;
  };
}

async function drainedBy(deployment: Deployment): Promise<void> {
  await deployment.startScorer();
  await deployment.drained();
}

describeWithKafkaAndRedis('compressed batches on Kafka and Redis', () => {
  test.each([
    ['gzip', CompressionTypes.GZIP],
    ['snappy', CompressionTypes.Snappy],
    ['lz4', CompressionTypes.LZ4],
    ['zstd', CompressionTypes.ZSTD],
  ])(
    '%s: what can be read of a batch beyond the bound is folded, the rest is one letter, the others go on',
    async (_, compression) => {
      const deployment = await openDeployment('kafka', { CLV_MAX_DECOMPRESSED_BYTES: `${MEBIBYTE}` });
      try {
        const [topic] = deployment.platform.topics.inputs;
        const bomb = { partition: PARTITION, key: 'ann', value: Buffer.alloc(8 * MEBIBYTE, 'x') };
        const elsewhere = ['bob', 'cid', 'dan', 'eve', 'fay'].map((id, i) => orderOf(id, 100 + i));
        await produce(topic, compression, [
          [orderOf('ann', 0), orderOf('ann', 1)],
          [orderOf('ann', 2), bomb, orderOf('ann', 3)],
          [orderOf('ann', 4), orderOf('ann', 5)],
          elsewhere,
        ]);
        await drainedBy(deployment);
        const letters = await deployment.deadLetters();
        expect(letters).toHaveLength(1);
        // zstd keeps nothing of a batch whose first block does not fit; the others keep what came before the bomb.
        const first = letters[0]!.offset;
        expect([2, 3]).toContain(first);
        expect(letters[0]).toMatchObject({
          reason: 'batch-unreadable',
          partition: PARTITION,
          lastOffset: 4,
          value: null,
        });
        expect(letters[0]!.detail).toContain('CLV_MAX_DECOMPRESSED_BYTES');
        expect(letters[0]!.originalSha256).toMatch(/^[0-9a-f]{64}$/);
        const updates = await deployment.updates();
        expect(updates.filter(({ customerId }) => customerId === 'ann')).toHaveLength(2 + (first - 2) + 2);
        expect(updates).toHaveLength(4 + (first - 2) + elsewhere.length);
        expect((await deployment.audit()).every(passes)).toBe(true);
        const planned = runCommand(['dead-letters', 'replay'], environmentOf(deployment.settings));
        expect(planned.stdout).toMatch(/left: it represents .* to 4, a batch of \d+ bytes that could not be read/);
      } finally {
        await deployment.close();
      }
    },
    240_000,
  );

  test('a batch that unpacks to 100 MB costs a bounded part of that', async () => {
    const deployment = await openDeployment('kafka');
    try {
      const [topic] = deployment.platform.topics.inputs;
      const bomb = { partition: PARTITION, key: 'ann', value: Buffer.alloc(100_000_000, 'x') };
      await produce(topic, CompressionTypes.GZIP, [[bomb], [orderOf('ann', 0)], [orderOf('bob', 1)]]);
      const mostGrowth = watchMemory();
      await drainedBy(deployment);
      // Three times its bound of 32 MiB, and the scorer itself.
      expect(mostGrowth()).toBeLessThan(300 * MEBIBYTE);
      expect(await deployment.deadLetters()).toMatchObject([{ reason: 'batch-unreadable', offset: 0, lastOffset: 0 }]);
      expect(await deployment.updates()).toHaveLength(2);
    } finally {
      await deployment.close();
    }
  });
});
