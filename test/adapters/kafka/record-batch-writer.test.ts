import { createRequire } from 'node:module';
import { join } from 'node:path';
import { batchAt, damageOf, packedRecords, RecordCursor } from '../../../src/adapters/kafka/record-batch';
import { type BatchOrigin, batchRoom, writeBatch } from '../../../src/adapters/kafka/record-batch-writer';
import type { OutgoingRecord } from '../../../src/ports/log';
import { type Seeded, seeded, testSeed } from '../../support/seeded';

const seed = testSeed();

interface Encoded {
  readonly buffer: Buffer;
}
const load = createRequire(__filename);
const inKafkajs = (path: string) => load(join(load.resolve('kafkajs/package.json'), '..', 'src/protocol', path));
const kafkajsRecord: (record: object) => Encoded = inKafkajs('recordBatch/record/v0');
const kafkajsBatch: (batch: object) => Promise<Encoded> = inKafkajs('recordBatch/v0').RecordBatch;

const LENGTHS = [0, 1, 10, 63, 64, 200, 8_191, 8_192];
const TEXTS = ['', 'clv-emitted', 'Grüße', '事件 #1', 'x'.repeat(100)];

function randomRecord(random: Seeded, firstMs: number): OutgoingRecord {
  const blob = () => (random.below(4) === 0 ? null : random.bytes(random.pick(LENGTHS)));
  const names = TEXTS.filter(() => random.below(3) === 0);
  const headers = Object.fromEntries(names.map((name) => [name, random.pick(TEXTS)]));
  return {
    topic: 't',
    partition: 0,
    key: blob(),
    value: blob(),
    timestampMs: firstMs + random.pick([0, 1, 63, 64, 5_000, 2 ** 31, 2 ** 40]),
    ...(names.length === 0 && random.below(2) === 0 ? {} : { headers }),
  };
}

const randomOrigin = (random: Seeded): BatchOrigin => ({
  producerId: random.pick([-1n, 0n, 4_711n, 2n ** 40n]),
  producerEpoch: random.pick([-1, 0, 7, 32_767]),
  firstSequence: random.pick([0, 1, 2 ** 31 - 1]),
  isTransactional: random.below(2) === 0,
});

function write(records: readonly OutgoingRecord[], origin: BatchOrigin): Buffer {
  const at = 5;
  const buffer = Buffer.alloc(at + batchRoom(records));
  return buffer.subarray(at, writeBatch(buffer, at, records, origin));
}

const isSame = (a: Buffer | null, b: Uint8Array | null): boolean => (a === null || b === null ? a === b : a.equals(b));

async function writtenByKafkajs(records: readonly OutgoingRecord[], origin: BatchOrigin): Promise<Buffer> {
  const times = records.map(({ timestampMs }) => timestampMs);
  const asBuffer = (bytes: Uint8Array | null) => bytes && Buffer.from(bytes);
  const { buffer } = await kafkajsBatch({
    records: records.map(({ key, value, headers, timestampMs }, offsetDelta) =>
      kafkajsRecord({
        offsetDelta,
        timestampDelta: timestampMs - Math.min(...times),
        key: asBuffer(key),
        value: asBuffer(value),
        ...(headers === undefined ? {} : { headers }),
      }),
    ),
    firstTimestamp: Math.min(...times),
    maxTimestamp: Math.max(...times),
    lastOffsetDelta: records.length - 1,
    producerId: `${origin.producerId}`,
    producerEpoch: origin.producerEpoch,
    firstSequence: origin.firstSequence,
    transactional: origin.isTransactional,
  });
  return buffer;
}

test(`law: as kafkajs writes it, byte for byte, and as the reader reads it (CLV_TEST_SEED=${seed})`, async () => {
  const random = seeded(seed);
  for (let round = 0; round < 40; round++) {
    const firstMs = random.pick([0, 1_700_000_000_000, 2 ** 41]);
    const records = Array.from({ length: 1 + random.below(10) }, () => randomRecord(random, firstMs));
    const origin = randomOrigin(random);
    const written = write(records, origin);
    expect(written.equals(await writtenByKafkajs(records, origin))).toBe(true);

    const batch = batchAt(written, 0)!;
    expect(damageOf(batch)).toBeNull();
    expect(batch).toMatchObject({ isTransactional: origin.isTransactional, producerId: origin.producerId });
    const cursor = new RecordCursor(batch, packedRecords(batch));
    for (const [offset, { key, value, timestampMs, headers = {} }] of records.entries()) {
      const read = cursor.next()!;
      expect({ offset: read.offset, timestampMs: read.timestampMs, headers: read.headers ?? {} }).toEqual({
        offset,
        timestampMs,
        headers,
      });
      expect(isSame(read.key, key) && isSame(read.value, value)).toBe(true);
    }
    expect(cursor.next()).toBeNull();
  }
});

test('records that share their headers write them each', () => {
  const headers = { a: '1' };
  const record = { topic: 't', partition: 0, key: null, value: null, timestampMs: 5 };
  const batch = batchAt(
    write([{ ...record, headers }, record, { ...record, headers }], {
      producerId: 1n,
      producerEpoch: 0,
      firstSequence: 0,
      isTransactional: false,
    }),
    0,
  )!;
  const cursor = new RecordCursor(batch, packedRecords(batch));
  expect([cursor.next(), cursor.next(), cursor.next()].map((read) => read!.headers)).toEqual([headers, null, headers]);
});
