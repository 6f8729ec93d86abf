import { decodeOutboxBlob, OutboxBlobEncoder, OutboxBlobError } from '../../../src/adapters/redis/outbox-blob';
import type { OutboxBlob } from '../../../src/ports/state-store';
import { type Seeded, seeded, testSeed } from '../../contracts/seeded';

const encoder = new OutboxBlobEncoder();
const seed = testSeed();

function randomBlob(random: Seeded): OutboxBlob {
  const topics = random.below(6);
  const offset = (): number => random.pick([0, 1, 127, 128, 300, 2 ** 31, 2 ** 32, 2 ** 53 - 2, random.below(2 ** 40)]);
  const vector = (): number[] => Array.from({ length: topics }, offset);
  return {
    cid: random.pick(['', 'c', 'é漢', 'x'.repeat(200), `cid-${random.below(1e9)}`]),
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

test(`law: decoding what was encoded gives it back (TEST_SEED=${seed})`, () => {
  const random = seeded(seed);
  for (let i = 0; i < 500; i++) {
    const blob = randomBlob(random);
    expect(decodeOutboxBlob(encoder.encode(blob))).toEqual(blob);
  }
});

test(`law: every cut of a blob is refused with its code (TEST_SEED=${seed})`, () => {
  const random = seeded(seed);
  for (let i = 0; i < 10; i++) {
    const bytes = encoder.encode(randomBlob(random));
    const accepted = Array.from(bytes.keys()).filter((length) => {
      try {
        decodeOutboxBlob(bytes.subarray(0, length));
        return true;
      } catch (error) {
        if (error instanceof OutboxBlobError) return false;
        throw error;
      }
    });
    expect(accepted).toEqual([]);
    expect(() => decodeOutboxBlob(Uint8Array.of(...bytes, 0))).toThrow(OutboxBlobError);
  }
});

test('the layout is the documented one', () => {
  const bytes = encoder.encode({
    cid: 'ab',
    folded: [300, 0],
    records: [
      { kind: 'dead-letter', key: Uint8Array.of(7), value: Uint8Array.of(8, 9), timestampMs: 2, covers: [299, -1] },
    ],
  });
  expect([...bytes]).toEqual([1, 2, 97, 98, 2, 0xac, 2, 0, 1, 3, 4, 0xac, 2, 0, 1, 7, 2, 8, 9]);
});

test('another version, a fractional or too large offset, and a long cid are refused', () => {
  expect(() => decodeOutboxBlob(Uint8Array.of(2, 0, 0, 0))).toThrow('version 2');
  expect(() => encoder.encode({ cid: 'c', folded: [2 ** 53], records: [] })).toThrow(RangeError);
  expect(() => encoder.encode({ cid: 'c', folded: [-1], records: [] })).toThrow(RangeError);
  expect(() => encoder.encode({ cid: 'x'.repeat(256), folded: [], records: [] })).toThrow(RangeError);
  expect(decodeOutboxBlob(encoder.encode({ cid: 'c', folded: [1], records: [] })).cid).toBe('c');
});
