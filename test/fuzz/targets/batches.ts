import { gzipSync } from 'node:zlib';
import * as lz4 from 'lz4js';
import * as snappy from 'snappyjs';
import { decodeBounds, readPartition } from '../../../src/adapters/kafka/fetch-response';
import { encodeBatch, type RecordContent } from '../../support/record-batches';
import { crc32cOf } from '../repair';
import { type FuzzTarget, memoryOf } from '../target';

/** A batch holds 32 MiB at most; while it is made, it may be there with its copy half as large and its copy twice as large. */
const BATCH_MEMORY = memoryOf(4 * 32 + 64, 100);

const LENGTH_AT = 8;
const CRC_AT = 17;
const CRC_FROM = 21;

/** Input: the bytes of record batches, as a fetch answers them. Every codec; half of the inputs have length and CRC repaired. */
export function batchesTarget(): FuzzTarget {
  const partition = { topic: 'orders', partition: 0, highWatermark: 1_000, lastStableOffset: 1_000, aborted: [] };
  const bounds = decodeBounds();
  return {
    name: 'batches',
    corpus: corpus(),
    memoryBound: BATCH_MEMORY,
    repair,
    async run(input) {
      const fetched = { ...partition, records: Buffer.from(input), errorCode: 0 } as Parameters<
        typeof readPartition
      >[0];
      try {
        const { batch, bytes } = await readPartition(fetched, 0, bounds, { takesDamaged: true });
        if (bytes > bounds.batchBytes + bounds.partBytes) throw new Error(`${bytes} bytes of records at once`);
        if (batch !== null && batch.records.length > bounds.batchRecords) throw new Error('too many records');
      } catch (error) {
        // An offset beyond 2^53 is declared: no broker has given one out.
        if (!(error instanceof RangeError && /is not below 2\^53/.test(error.message))) throw error;
      }
    },
  };
}

function corpus(): Uint8Array[] {
  const contents: RecordContent[] = [
    { key: Buffer.from('c1'), value: Buffer.from('{"orderId":"o-17"}') },
    { key: null, value: null },
    { key: Buffer.from('c2'), value: Buffer.alloc(500, 'abcd'), headers: [['clv-covers', Buffer.from('o:1')]] },
  ];
  const many = Array.from({ length: 300 }, (): RecordContent => ({ key: null, value: Buffer.from('x') }));
  const codecs: readonly (readonly [number, (plain: Buffer) => Uint8Array])[] = [
    [0, (plain) => plain],
    [1, (plain) => gzipSync(plain)],
    [2, (plain) => snappy.compress(plain)],
    [3, (plain) => lz4.compress(plain)],
    [4, zstdRaw],
  ];
  const batches = codecs.flatMap(([codec, pack]) => [
    encodeBatch(contents, { codec, pack }),
    encodeBatch(many, { codec, pack, firstOffset: 7 }),
    encodeBatch([{ value: Buffer.alloc(200_000, 'a') }], { codec, pack }).subarray(0, 256 * 1024),
  ]);
  return [
    ...batches,
    encodeBatch(contents, { codec: 4, pack: () => zstdBomb(200) }),
    Buffer.concat(batches.slice(0, 2)),
  ];
}

/** A zstd frame of stored blocks: no compressor is at hand on Node 20. Magic, a header with the size in four bytes, blocks of at most 128 KiB. */
function zstdRaw(plain: Buffer): Uint8Array {
  const blocks: Buffer[] = [];
  for (let at = 0; at === 0 || at < plain.length; at += ZSTD_BLOCK) {
    const piece = plain.subarray(at, at + ZSTD_BLOCK);
    blocks.push(zstdBlockHead(at + ZSTD_BLOCK >= plain.length, 0, piece.length), piece);
  }
  return Buffer.concat([zstdHead(plain.length), ...blocks]);
}

/** So many blocks of one byte repeated 128 KiB: four bytes each. */
function zstdBomb(blocks: number): Uint8Array {
  const all = Array.from({ length: blocks }, (_, i) => [
    zstdBlockHead(i === blocks - 1, 1, ZSTD_BLOCK),
    Buffer.from('a'),
  ]);
  return Buffer.concat([zstdHead(blocks * ZSTD_BLOCK), ...all.flat()]);
}

const ZSTD_BLOCK = 128 * 1024;

function zstdHead(bytes: number): Buffer {
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0]);
  head.writeUInt32LE(bytes, 5);
  return head;
}

function zstdBlockHead(isLast: boolean, type: 0 | 1, bytes: number): Buffer {
  const head = Buffer.alloc(3);
  head.writeUIntLE((bytes << 3) | (type << 1) | (isLast ? 1 : 0), 0, 3);
  return head;
}

function repair(input: Uint8Array): Uint8Array {
  if (input.length < CRC_FROM) return input;
  const repaired = Buffer.from(input);
  repaired.writeInt32BE(repaired.length - LENGTH_AT - 4, LENGTH_AT);
  repaired.writeUInt32BE(crc32cOf(repaired.subarray(CRC_FROM)), CRC_AT);
  return repaired;
}
