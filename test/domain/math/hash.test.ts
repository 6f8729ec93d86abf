import { crc32 as zlibCrc32 } from 'node:zlib';
import {
  crc32,
  crc32Partition,
  hash32,
  murmur2,
  murmur2Partition,
  murmur2PartitionOf,
  shardOf,
} from '../../../src/domain/math/hash';
import { mulberry32 } from '../../../src/domain/math/random';
import { seeded, testSeed } from '../../support/seeded';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const seed = testSeed();

describe('murmur2', () => {
  // From org.apache.kafka.common.utils.UtilsTest.testMurmur2.
  test.each([
    ['21', -973932308],
    ['foobar', -790332482],
    ['a-little-bit-long-string', -985981536],
    ['a-little-bit-longer-string', -1486304829],
    ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ])('of %s is what the Java client computes', (text, expected) => {
    expect(murmur2(bytes(text))).toBe(expected);
  });

  test(`equals the murmur2 of kafkajs on random keys (CLV_TEST_SEED=${seed})`, () => {
    const kafkajsMurmur2: (key: Buffer) => number = require('kafkajs/src/producer/partitioners/default/murmur2');
    const random = seeded(seed);
    for (let i = 0; i < 2000; i++) {
      const key = Buffer.from(random.bytes(random.below(40)));
      expect(murmur2(key)).toBe(kafkajsMurmur2(key));
    }
  });

  test('partition: sign bit cleared, modulo', () => {
    expect(murmur2Partition(bytes('21'), 12)).toBe((-973932308 & 0x7fffffff) % 12);
    expect(hash32('21')).toBe(-973932308 & 0x7fffffff);
  });
});

describe('crc32', () => {
  test('of the check string is the check value', () => {
    expect(crc32(bytes('123456789'))).toBe(0xcbf43926);
    expect(crc32Partition(bytes('123456789'), 7)).toBe(0xcbf43926 % 7);
  });

  test(`equals zlib on random bytes (CLV_TEST_SEED=${seed})`, () => {
    if (zlibCrc32 === undefined) return; // Node before 20.15
    const random = seeded(seed);
    for (let i = 0; i < 500; i++) {
      const data = random.bytes(random.below(60));
      expect(crc32(data)).toBe(zlibCrc32(data));
    }
  });
});

test('the customers of one partition spread over all sweep shards', () => {
  for (const partitions of [1, 12]) {
    const counts = new Array<number>(64).fill(0);
    for (let i = 0, found = 0; found < 6400; i++) {
      const id = `customer-${i}`;
      if (murmur2Partition(bytes(id), partitions) !== 0) continue;
      found += 1;
      const shard = shardOf(id, 64);
      counts[shard] = (counts[shard] ?? 0) + 1;
    }
    expect(Math.min(...counts)).toBeGreaterThan(50);
    expect(Math.max(...counts)).toBeLessThan(200);
  }
});

describe('the partition of a customer', () => {
  it('law: is that of the UTF-8 bytes of the id, for ids of any length and letters', () => {
    const random = mulberry32(testSeed());
    const letters = ['a', 'Z', '0', '-', '\u{7f}', '\u{80}', 'é', '語', '𝄞'];
    for (let i = 0; i < 3_000; i++) {
      // Mostly ASCII only, and lengths on both sides of what fits the scratch space.
      const known = random() < 0.7 ? 5 : letters.length;
      const length = Math.floor(random() * (random() < 0.1 ? 400 : 24));
      const id = Array.from({ length }, () => letters[Math.floor(random() * known)]).join('');
      const partitions = 1 + Math.floor(random() * 200);
      expect({ id, at: murmur2PartitionOf(id, partitions) }).toEqual({
        id,
        at: murmur2Partition(bytes(id), partitions),
      });
      expect(hash32(id)).toBe(murmur2(bytes(id)) & 0x7fffffff);
    }
  });
});
