import { gzipSync } from 'node:zlib';
import type { FetchedPartition } from '../../../src/adapters/kafka/fetch-request';
import { type DecodeBounds, decodeBounds, readPartition, toOffset } from '../../../src/adapters/kafka/fetch-response';
import type { LogBatch, LogRecord } from '../../../src/ports/log';
import { seeded } from '../../support/random-bytes';
import { controlBatch, encodeBatch, encodeBatchOf, type RecordContent, varint } from '../../support/record-batches';

function fetched(batches: readonly Buffer[], aborted: [number, number][] = [], end = 100): FetchedPartition {
  return {
    topic: 't',
    partition: 0,
    errorCode: 0,
    highWatermark: end + 5,
    lastStableOffset: end,
    aborted: aborted.map(([producerId, firstOffset]) => ({ producerId: BigInt(producerId), firstOffset })),
    records: Buffer.concat(batches),
  };
}

const read = (partition: FetchedPartition, from = 0, bounds: Partial<DecodeBounds> = {}) =>
  readPartition(partition, from, { ...decodeBounds(), ...bounds }, { takesDamaged: true });

async function batchOf(partition: FetchedPartition, from = 0, bounds: Partial<DecodeBounds> = {}): Promise<LogBatch> {
  const { batch } = await read(partition, from, bounds);
  if (batch === null) throw new Error('no batch');
  return batch;
}

const offsets = async (partition: FetchedPartition, from = 0): Promise<number[]> =>
  (await batchOf(partition, from)).records.map(({ offset }) => offset);

/** A producer's batch of one record. */
const one = (offset: number, producerId?: number, key?: Buffer): Buffer =>
  encodeBatch([{ key: key ?? null }], {
    firstOffset: offset,
    ...(producerId === undefined ? {} : { producerId, isTransactional: true }),
  });

describe('transactions', () => {
  test('leaves out control records and records of aborted transactions, also if two overlap', async () => {
    const batches = [
      one(0, 7),
      one(1, 8),
      one(2, 9),
      controlBatch(3, 7, 'abort'),
      one(4, 7),
      controlBatch(5, 8, 'abort'),
    ];
    batches.push(controlBatch(6, 9, 'commit'), controlBatch(7, 7, 'commit'), one(8));
    // Not in the order of their offsets, as brokers may send them.
    const partition = fetched(batches, [
      [8, 1],
      [7, 0],
    ]);
    expect(await offsets(partition)).toEqual([2, 4, 8]);
  });

  test('opens every aborted transaction that starts at or before a record, even if compaction removed the records between', async () => {
    const partition = fetched(
      [one(10, 7), one(11, 8)],
      [
        [7, 2],
        [8, 5],
      ],
    );
    expect((await batchOf(partition)).records).toEqual([]);
  });

  test('does not take a record whose key looks like an abort marker for one', async () => {
    const partition = fetched([one(0, 7, Buffer.from([0, 0, 0, 0])), one(1, 7), controlBatch(2, 7, 'abort')], [[7, 0]]);
    expect(await offsets(partition)).toEqual([]);
  });

  test('does not decompress what was aborted', async () => {
    const bomb = encodeBatchOf(gzipSync(Buffer.alloc(5_000_000)), 1, {
      codec: 1,
      producerId: 7,
      isTransactional: true,
    });
    expect(await offsets(fetched([bomb, controlBatch(1, 7, 'abort'), one(2)], [[7, 0]]))).toEqual([2]);
  });

  test('skips what lies outside of transactions if that is requested', async () => {
    const filter = { takesDamaged: true, onlyTransactional: true };
    const { batch } = await readPartition(fetched([one(0), one(1, 7), one(2)]), 0, decodeBounds(), filter);
    expect(batch).toMatchObject({ records: [{ offset: 1 }], nextOffset: 3 });
  });
});

describe('positions', () => {
  test('leaves out what a batch brings from below the position', async () => {
    expect(await offsets(fetched([encodeBatch([{}, {}, {}], { firstOffset: 3 })]), 4)).toEqual([4, 5]);
  });

  test('continues after the last batch, not after its last record, also if compaction left none', async () => {
    const gaps = encodeBatch([{}], { firstOffset: 2, offsets: [3], lastOffset: 9 });
    expect(await batchOf(fetched([gaps]), 5)).toEqual({
      topic: 't',
      partition: 0,
      records: [],
      nextOffset: 10,
      end: 100,
    });
    const empty = encodeBatch([], { firstOffset: 10, lastOffset: 19 });
    expect(await batchOf(fetched([gaps, empty]), 5)).toMatchObject({ records: [], nextOffset: 20 });
  });

  test('is null if nothing was fetched, or only a part of a batch', async () => {
    expect((await read(fetched([]), 5)).batch).toBeNull();
    const whole = one(5);
    expect((await read(fetched([whole.subarray(0, whole.length - 1)]), 5)).batch).toBeNull();
    expect((await batchOf(fetched([whole, one(6).subarray(0, 40)]), 5)).nextOffset).toBe(6);
  });

  test('refuses offsets that a number does not hold', async () => {
    expect(() => toOffset('9007199254740993')).toThrow(RangeError);
    await expect(read(fetched([one(2 ** 53)]))).rejects.toThrow(RangeError);
  });
});

describe('records', () => {
  test('have key, value, headers and time, as the log has them', async () => {
    const headers: [string, Buffer | null][] = [
      ['from', Buffer.from('a')],
      ['from', Buffer.from('b')],
      ['__proto__', Buffer.from('c')],
      ['nothing', null],
    ];
    const contents = [{ key: Buffer.from('k'), value: Buffer.from('v'), headers }, { key: Buffer.alloc(0) }];
    const { records } = await batchOf(fetched([encodeBatch(contents, { firstOffset: 7, timestampMs: 99 })]));
    const [first, second] = records as [LogRecord, LogRecord];
    expect(first).toMatchObject({ offset: 7, timestampMs: 99 });
    expect(String(first.key)).toBe('k');
    expect(Object.entries(first.headers!)).toEqual([
      ['from', 'a,b'],
      ['__proto__', 'c'],
      ['nothing', 'null'],
    ]);
    expect(second).toMatchObject({ offset: 8, value: null });
    expect(second.key).toHaveLength(0);
    expect(second.headers).toBeUndefined();
    expect((await batchOf(fetched([encodeBatch([{}], { isStampedByLog: true, timestampMs: 8 })]))).records).toEqual([
      { offset: 0, timestampMs: 8, key: null, value: null },
    ]);
  });

  test('of headers alone cost no more than others', async () => {
    const headers = Array.from({ length: 20_000 }, (_, i): [string, Buffer] => [`n${i}`, Buffer.alloc(0)]);
    const { records } = await batchOf(fetched([encodeBatch([{ headers }, { value: Buffer.from('next') }])]));
    expect(Object.keys(records[0]!.headers!).length).toBeLessThan(100);
    expect(String(records[1]!.value)).toBe('next');
  });

  test('come in parts if a batch holds many, each once', async () => {
    const contents = Array.from({ length: 50 }, (_, i): RecordContent => ({ value: Buffer.alloc(100, i) }));
    const partition = fetched([encodeBatch(contents, { codec: 1, pack: gzipSync }), one(50)]);
    const seen: number[] = [];
    for (let from = 0; from < 51; ) {
      const batch = await batchOf(partition, from, { partBytes: 1_000 });
      expect(batch.records.length).toBeLessThan(12);
      expect(batch.nextOffset).toBeGreaterThan(from);
      seen.push(...batch.records.map(({ offset }) => offset));
      from = batch.nextOffset;
    }
    expect(seen).toEqual(Array.from({ length: 51 }, (_, i) => i));
  });
});

describe('batches that can not be read', () => {
  const good = (firstOffset: number) => encodeBatch([{ value: Buffer.from('good') }], { firstOffset });

  test('beyond the bound end as one placeholder behind the records that fit', async () => {
    const contents = [0, 1, 2, 3].map((i) => ({ value: Buffer.alloc(i < 2 ? 100 : 10_000, i) }));
    const bomb = encodeBatch(contents, { firstOffset: 10, lastOffset: 20, codec: 1, pack: gzipSync });
    const { records, nextOffset } = await batchOf(fetched([bomb, good(21)]), 10, { batchBytes: 5_000 });
    expect(records.map(({ offset }) => offset)).toEqual([10, 11, 12, 21]);
    expect(records[2]).toMatchObject({ key: null, value: null });
    expect(records[2]!.unreadable).toMatchObject({ lastOffset: 20, bytes: bomb.length });
    expect(records[2]!.unreadable!.detail).toContain('more than 5000 bytes');
    expect(records[2]!.unreadable!.sha256).toMatch(/^[0-9a-f]{64}$/);
    expect(nextOffset).toBe(22);
    // From inside: what is left of it.
    expect((await batchOf(fetched([bomb]), 15, { batchBytes: 5_000 })).records[0]).toMatchObject({ offset: 15 });
  });

  test.each([
    ['a negative length', varint(-5)],
    ['a length beyond the batch', varint(10_000)],
    ['no bytes at all', Buffer.alloc(0)],
    ['a number without an end', Buffer.alloc(20, 0xff)],
    ['a value beyond its record', Buffer.concat([varint(7), Buffer.from([0, 0, 0, 1, 100, 0, 0])])],
  ])('as with %s', async (_, bytes) => {
    const broken = encodeBatchOf(bytes, 1, { firstOffset: 3 });
    const { records, nextOffset } = await batchOf(fetched([good(2), broken, good(4)]));
    expect(records.map(({ offset, unreadable }) => [offset, unreadable === undefined])).toEqual([
      [2, true],
      [3, false],
      [4, true],
    ]);
    expect(nextOffset).toBe(5);
  });

  test.each([
    ['more records than it has', { count: 9, lastOffset: 9 }, 1],
    ['offsets that do not rise', { offsets: [4, 4], lastOffset: 9 }, 4],
    ['an unknown codec', { codec: 5, lastOffset: 9 }, 0],
  ])('as with %s', async (_, options, from) => {
    const contents = 'offsets' in options ? [{}, {}] : [{}];
    const { records } = await batchOf(fetched([encodeBatch(contents, options), good(10)]));
    const placeholder = records.find(({ unreadable }) => unreadable !== undefined)!;
    expect(placeholder.offset).toBe(from === 4 ? 5 : from);
    expect(placeholder.unreadable!.lastOffset).toBe(9);
    expect(records.at(-1)!.offset).toBe(10);
  });

  test('more records than the bound are not read', async () => {
    const many = encodeBatch(
      Array.from({ length: 20 }, () => ({})),
      { lastOffset: 19 },
    );
    const { records } = await batchOf(fetched([many]), 0, { batchRecords: 5 });
    expect(records.map(({ offset }) => offset)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(records[5]!.unreadable).toMatchObject({
      lastOffset: 19,
      detail: expect.stringMatching(/more than 5 records/),
    });
  });

  test('with a wrong checksum is waited for first, then named', async () => {
    const damaged = good(5);
    damaged[damaged.length - 2]! ^= 1;
    const partition = fetched([good(4), damaged, good(6)]);
    const waits = await readPartition(partition, 4, decodeBounds(), { takesDamaged: false });
    expect(waits.batch).toMatchObject({ records: [{ offset: 4 }], nextOffset: 5 });
    expect(waits.damaged).toMatchObject({ offset: 5, detail: expect.stringMatching(/checksum/) });
    const { records } = await batchOf(partition, 4);
    expect(records.map(({ offset }) => offset)).toEqual([4, 5, 6]);
    expect(records[1]!.unreadable!.detail).toMatch(/checksum/);
  });

  test('in a format of before Kafka 0.11 are named', async () => {
    const old = Buffer.alloc(40);
    old.writeBigInt64BE(8n, 0);
    old.writeInt32BE(28, 8);
    old.writeInt8(1, 16);
    const { records, nextOffset } = await batchOf(fetched([old]), 6);
    expect(records).toMatchObject([
      { offset: 6, unreadable: { lastOffset: 8, detail: expect.stringMatching(/format 1/) } },
    ]);
    expect(nextOffset).toBe(9);
  });

  test('any damage under a right checksum: no throw, each offset of the batch once', async () => {
    const random = seeded('damaged batches');
    for (let round = 0; round < 150; round++) {
      const codec = random.below(5);
      const contents = Array.from({ length: 5 }, () => ({ value: random.bytes(random.below(60)) }));
      const whole = encodeBatch(contents, {
        firstOffset: 0,
        codec: codec === 1 ? 1 : 0,
        ...(codec === 1 ? { pack: gzipSync } : {}),
      });
      const packed = Buffer.from(whole.subarray(61));
      for (let flips = 1 + random.below(3); flips > 0; flips--) packed[random.below(packed.length)] = random.below(256);
      const batch = encodeBatchOf(packed, 5, { codec, lastOffset: 4 });
      const { records, nextOffset } = await batchOf(fetched([batch, good(5)]), 0, { batchBytes: 100_000 });
      expect(nextOffset).toBe(6);
      let next = 0;
      for (const { offset, unreadable } of records) {
        expect(offset).toBeGreaterThanOrEqual(next);
        next = (unreadable?.lastOffset ?? offset) + 1;
      }
      expect(next).toBe(6);
    }
  });
});
