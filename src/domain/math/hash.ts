/**
 * Every hash of the program. Stored data and the partition of a customer depend on them, so none may change. They serve Kafka's
 * partitioners, the sweep shard, the chain of folded offsets, and the sampling of customers and origins.
 */

const MURMUR2_SEED = 0x9747b28c;
const MURMUR2_M = 0x5bd1e995;
const encoder = new TextEncoder();

/** Murmur2, 32 bits, as org.apache.kafka.common.utils.Utils.murmur2 computes it. A signed 32-bit integer. */
export function murmur2(data: Uint8Array): number {
  return murmur2OfFirst(data, data.length);
}

function murmur2OfFirst(data: Uint8Array, length: number): number {
  const whole = length & ~3;
  let h = MURMUR2_SEED ^ length;
  for (let i = 0; i < whole; i += 4) {
    const word = data[i]! | (data[i + 1]! << 8) | (data[i + 2]! << 16) | (data[i + 3]! << 24);
    let k = Math.imul(word, MURMUR2_M);
    k = Math.imul(k ^ (k >>> 24), MURMUR2_M);
    h = Math.imul(h, MURMUR2_M) ^ k;
  }
  if (length > whole) {
    let tail = 0;
    for (let i = length - 1; i >= whole; i--) tail = (tail << 8) | data[i]!;
    h = Math.imul(h ^ tail, MURMUR2_M);
  }
  h = Math.imul(h ^ (h >>> 13), MURMUR2_M);
  return (h ^ (h >>> 15)) | 0;
}

/** The partition of a key as Kafka's Java client (and kafkajs by default) chooses it: murmur2, sign bit cleared, modulo. */
export function murmur2Partition(key: Uint8Array, partitions: number): number {
  return (murmur2(key) & 0x7fffffff) % partitions;
}

const MOST_SCRATCH = 128;
const scratch = new Uint8Array(MOST_SCRATCH);

/** Of a text's UTF-8 form. Short ASCII, as most ids are, needs no array of its own. */
function murmur2OfText(text: string): number {
  const { length } = text;
  if (length > MOST_SCRATCH) return murmur2(encoder.encode(text));
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0x7f) return murmur2(encoder.encode(text));
    scratch[i] = code;
  }
  return murmur2OfFirst(scratch, length);
}

/** The partition of a customer by {@link murmur2Partition}. */
export function murmur2PartitionOf(customerId: string, partitions: number): number {
  return (murmur2OfText(customerId) & 0x7fffffff) % partitions;
}

const CRC32_TABLE = Int32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

/** CRC-32 (IEEE 802.3, as zlib). An unsigned 32-bit integer. */
export function crc32(data: Uint8Array): number {
  let c = -1;
  for (const byte of data) c = (CRC32_TABLE[(c ^ byte) & 0xff] ?? 0) ^ (c >>> 8);
  return (c ^ -1) >>> 0;
}

/** The partition of a key as librdkafka's `consistent` partitioner chooses it: CRC-32 modulo. */
export function crc32Partition(key: Uint8Array, partitions: number): number {
  return crc32(key) % partitions;
}

/** Hash of a customer id that is equal in all processes: murmur2 of its UTF-8 bytes, 0 to 2^31 − 1. */
export function hash32(customerId: string): number {
  return murmur2OfText(customerId) & 0x7fffffff;
}

/**
 * The sweep shard of a customer, 0 to shards − 1. All customers of one partition have the same murmur2 modulo the partition count, so the
 * bits are mixed once more. Otherwise, with 12 partitions, most of 64 shards would stay empty.
 */
export function shardOf(customerId: string, shards: number): number {
  const mixed = Math.imul(hash32(customerId), 0x9e3779b1);
  return ((mixed ^ (mixed >>> 16)) >>> 8) % shards;
}

/** Running hash of folded offsets: order matters, 32 bits (the finaliser of murmur3 over the chain). */
export function chainHash(hash: number, offset: number): number {
  let x = Math.imul(hash, 31) ^ (offset >>> 0) ^ Math.imul(Math.floor(offset / 2 ** 32), 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}

/** FNV-1a over UTF-16 code units, 32 bits. */
export function textHash(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** 32 bits to [0, 1), from a customer and a number: the same on every machine and at every replay of the log. */
export function hashUnit(customerId: string, salt: number): number {
  let x = textHash(customerId) ^ Math.imul(salt | 0, 0x9e3779b1);
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
}
