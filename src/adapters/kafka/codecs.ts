import * as zlib from 'node:zlib';
import { decompress as fzstdDecompress } from 'fzstd';
import { CompressionCodecs, CompressionTypes } from 'kafkajs';
import * as lz4 from 'lz4js';
import * as snappy from 'snappyjs';

/** Compresses or decompresses the records of one batch. */
export interface RecordCodec {
  compress(plain: Uint8Array): Uint8Array;
  decompress(packed: Uint8Array): Uint8Array;
}

/** Java producers wrap snappy in the framing of xerial's snappy-java; librdkafka sends the bare block. */
const XERIAL_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** magic (8), version (int32), compatible version (int32) */
const XERIAL_HEADER_BYTES = 16;

/** chunk => length (int32, big-endian), snappy block */
function xerialChunks(packed: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = XERIAL_HEADER_BYTES; at + 4 <= packed.length; ) {
    const length = packed.readInt32BE(at);
    chunks.push(packed.subarray(at + 4, at + 4 + length));
    at += 4 + length;
  }
  return chunks;
}

export const snappyCodec: RecordCodec = {
  compress: (plain) => snappy.compress(plain),
  decompress(packed) {
    const buffer = Buffer.from(packed.buffer, packed.byteOffset, packed.byteLength);
    if (!buffer.subarray(0, XERIAL_MAGIC.length).equals(XERIAL_MAGIC)) return snappy.uncompress(buffer);
    return Buffer.concat(xerialChunks(buffer).map((chunk) => snappy.uncompress(chunk)));
  },
};

export const lz4Codec: RecordCodec = {
  compress: (plain) => lz4.compress(plain),
  decompress: (packed) => lz4.decompress(packed),
};

/** node:zlib has zstd from Node 22.15 on; the types of Node 20 don't know it. */
interface ZlibWithZstd {
  zstdCompressSync?(plain: Uint8Array): Uint8Array;
  zstdDecompressSync?(packed: Uint8Array): Uint8Array;
}

export function zstdCodec(native: ZlibWithZstd = zlib as ZlibWithZstd): RecordCodec {
  return {
    compress(plain) {
      if (native.zstdCompressSync) return native.zstdCompressSync(plain);
      throw new Error('zstd compression needs Node 22.15 or newer; choose gzip, snappy or lz4, or upgrade Node');
    },
    decompress: (packed) => (native.zstdDecompressSync ? native.zstdDecompressSync(packed) : fzstdDecompress(packed)),
  };
}

const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

type RegistrableCodec = Exclude<keyof typeof CompressionCodecs, 0>;

function register(type: RegistrableCodec, codec: RecordCodec): void {
  CompressionCodecs[type] = () => ({
    compress: async (encoder: { buffer: Buffer }) => asBuffer(codec.compress(encoder.buffer)),
    decompress: async (packed: Buffer) => asBuffer(codec.decompress(packed)),
  });
}

/** kafkajs knows gzip only, and a batch in a codec it does not know kills its consumer. */
export function registerCodecs(): void {
  register(CompressionTypes.Snappy, snappyCodec);
  register(CompressionTypes.LZ4, lz4Codec);
  register(CompressionTypes.ZSTD, zstdCodec());
}
