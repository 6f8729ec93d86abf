import {
  decodeOutboxBlob,
  isOutboxBlobOf,
  OutboxBlobEncoder,
  OutboxBlobError,
} from '../../../src/adapters/redis/outbox-blob';
import type { OutboxBlob } from '../../../src/ports/state-store';
import { crc32c } from '../../../src/serde/crc32c';
import { NEWEST_FORMAT, OLDEST_FORMAT } from '../../../src/serde/format-level';
import { type Seeded, seeded, testSeed } from '../../support/seeded';

/** Fits a blob without topics. */
const record = { kind: 'update', key: null, value: Uint8Array.of(1), timestampMs: 0, covers: [] } as const;
const encoder = new OutboxBlobEncoder();
const seed = testSeed();

/** False where the declared error refuses it; any other error fails the test. */
function isRead(bytes: Uint8Array): boolean {
  try {
    decodeOutboxBlob(bytes);
    return true;
  } catch (error) {
    if (error instanceof OutboxBlobError) return false;
    throw error;
  }
}

function randomBlob(random: Seeded): OutboxBlob {
  const topics = random.below(6);
  const offset = (): number => random.pick([0, 1, 127, 128, 300, 2 ** 31, 2 ** 32, 2 ** 53 - 2, random.below(2 ** 40)]);
  const vector = (): number[] => Array.from({ length: topics }, offset);
  return {
    commitId: random.pick(['', 'c', 'é漢', 'x'.repeat(200), `cid-${random.below(1e9)}`]),
    folded: vector(),
    records: Array.from({ length: random.below(8) }, () => ({
      kind: random.pick(['update', 'dead-letter'] as const),
      key: random.next() < 0.3 ? null : random.bytes(random.below(200)),
      value: random.bytes(random.below(300)),
      timestampMs: random.pick([-1, 0, 1_700_000_000_123, random.below(2 ** 41)]),
      covers: vector().map((next) => next - 1),
    })),
  };
}

test(`law: decoding what was encoded gives it back (CLV_TEST_SEED=${seed})`, () => {
  const random = seeded(seed);
  for (let i = 0; i < 500; i++) {
    const blob = randomBlob(random);
    for (const level of [OLDEST_FORMAT, NEWEST_FORMAT]) {
      expect(decodeOutboxBlob(encoder.encode(blob, level))).toEqual(blob);
    }
  }
});

test(`law: every flipped bit is refused with its code, and a throw leaves nothing for the next blob (CLV_TEST_SEED=${seed})`, () => {
  const random = seeded(seed);
  for (let i = 0; i < 10; i++) {
    const blob = randomBlob(random);
    const bytes = encoder.encode(blob);
    const accepted: number[] = [];
    for (let round = 0; round < 300; round++) {
      const bit = round < 64 ? round : random.below(8 * bytes.length);
      const damaged = Uint8Array.from(bytes);
      damaged[bit >> 3]! ^= 1 << (bit & 7);
      if (isRead(damaged)) accepted.push(bit);
    }
    expect(accepted).toEqual([]);
    const late = { ...blob, records: [...blob.records, { ...record, timestampMs: 2 ** 60, covers: blob.folded }] };
    expect(() => encoder.encode(late)).toThrow(RangeError);
    expect(encoder.encode(blob)).toEqual(bytes);
  }
});

test(`law: damage of any kind ends in a blob or in the declared error, at both levels (CLV_TEST_SEED=${seed})`, () => {
  const random = seeded(seed);
  for (let i = 0; i < 1_000; i++) {
    const bytes = Uint8Array.from(encoder.encode(randomBlob(random), i % 2 === 0 ? OLDEST_FORMAT : NEWEST_FORMAT));
    for (let hit = 0; hit < 3; hit++) bytes[random.below(bytes.length)] = random.pick([0xff, random.below(256)]);
    isRead(bytes);
  }
});

test(`law: every cut of a blob is refused with its code (CLV_TEST_SEED=${seed})`, () => {
  const random = seeded(seed);
  for (let i = 0; i < 10; i++) {
    const bytes = encoder.encode(randomBlob(random));
    expect(Array.from(bytes.keys()).filter((length) => isRead(bytes.subarray(0, length)))).toEqual([]);
    expect(() => decodeOutboxBlob(Uint8Array.of(...bytes, 0))).toThrow(OutboxBlobError);
  }
});

test('the layout is the documented one; level 1 has another version and no checksum', () => {
  const blob: OutboxBlob = {
    commitId: 'ab',
    folded: [300, 0],
    records: [
      { kind: 'dead-letter', key: Uint8Array.of(7), value: Uint8Array.of(8, 9), timestampMs: 2, covers: [299, -1] },
    ],
  };
  const body = [2, 97, 98, 2, 0xac, 2, 0, 1, 3, 4, 0xac, 2, 0, 1, 7, 2, 8, 9];
  expect([...encoder.encode(blob, OLDEST_FORMAT)]).toEqual([1, ...body]);
  const bytes = encoder.encode(blob);
  expect([...bytes.subarray(0, -4)]).toEqual([2, ...body]);
  expect([1, 2, 3].map((level) => isOutboxBlobOf(level, bytes))).toEqual([false, true, true]);
  expect([1, 2, 3].map((level) => isOutboxBlobOf(level, Uint8Array.of(1, ...body)))).toEqual([true, false, false]);
  expect(Buffer.from(bytes).readUInt32LE(bytes.length - 4)).toBe(crc32c(Uint8Array.of(2, ...body)));
});

test('a blob of the smallest records is read; a count of records for which there are too few bytes is not', () => {
  expect(decodeOutboxBlob(Uint8Array.of(1, 0, 0, 2, 0, 0, 0, 0, 0, 0)).records).toHaveLength(2);
  expect(decodeOutboxBlob(Uint8Array.of(1, 0, 1, 9, 1, 0, 0, 7, 0)).records).toEqual([
    { kind: 'update', key: null, value: new Uint8Array(), timestampMs: 0, covers: [6] },
  ]);
  expect(isRead(Uint8Array.of(1, 0, 0, 3, 0, 0, 0, 0, 0, 0))).toBe(false);
  // No checksum tells of a byte too many at level 1.
  expect(isRead(Uint8Array.of(1, 0, 0, 1, 0, 0, 0, 0))).toBe(false);
});

test('covers of another number of topics than folded is refused', () => {
  const records = [{ ...record, covers: [1] }];
  expect(() => encoder.encode({ commitId: 'c', folded: [1, 2], records })).toThrow(RangeError);
});

test('another version, a fractional or too large offset, and a long commitId are refused', () => {
  expect(() => decodeOutboxBlob(Uint8Array.of(3, 0, 0, 0))).toThrow('version 3');
  expect(() => encoder.encode({ commitId: 'c', folded: [2 ** 53], records: [] })).toThrow(RangeError);
  expect(() => encoder.encode({ commitId: 'c', folded: [-1], records: [] })).toThrow(RangeError);
  expect(() => encoder.encode({ commitId: 'x'.repeat(256), folded: [], records: [] })).toThrow(RangeError);
  const longest = 'x'.repeat(255);
  expect(decodeOutboxBlob(encoder.encode({ commitId: longest, folded: [1], records: [] })).commitId).toBe(longest);
});
