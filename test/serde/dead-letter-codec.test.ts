import { createHash } from 'node:crypto';
import { DEAD_LETTER_REASONS, type DeadLetter, isWhole } from '../../src/domain/dead-letter';
import { DEAD_LETTER, DEAD_LETTER_V1, parseSchema } from '../../src/serde/contracts';
import { DeadLetterCodec } from '../../src/serde/dead-letter-codec';

const codec = new DeadLetterCodec();
const letter: DeadLetter = {
  reason: 'wrong-currency',
  detail: 'Order 17 is in USD: this deployment counts EUR only, convert it upstream.',
  topic: 'clv-orders',
  partition: 11,
  offset: 2 ** 52,
  timestampMs: 1_700_000_000_123,
  key: Buffer.from('customer'),
  value: Buffer.from([0, 1, 2, 255]),
};

test.each(DEAD_LETTER_REASONS)('decode(encode(letter)) is the letter: %s', (reason) => {
  expect(codec.decode(codec.encode({ ...letter, reason }))).toEqual({ ok: true, value: { ...letter, reason } });
});

test('no key and no value stay null, empty ones stay empty', () => {
  const bare = { ...letter, key: null, value: null };
  expect(codec.decode(codec.encode(bare))).toEqual({ ok: true, value: bare });
  const empty = { ...letter, key: Buffer.alloc(0), value: Buffer.alloc(0) };
  expect(codec.decode(codec.encode(empty))).toEqual({ ok: true, value: empty });
});

test('an original of a megabyte', () => {
  const value = Buffer.alloc(1_000_000, 7);
  const decoded = codec.decode(codec.encode({ ...letter, value }));
  if (!decoded.ok) throw new Error(decoded.detail);
  expect(value.equals(decoded.value.value!)).toBe(true);
});

test('the contract names every reason', () => {
  const doc = DEAD_LETTER.fields.find(({ name }) => name === 'reason')?.doc;
  for (const reason of DEAD_LETTER_REASONS) expect(doc).toContain(reason);
});

/** Reads as the program did before letters could be cut: one schema, under its own id. */
function readAsBefore(record: Uint8Array): unknown {
  const bytes = Buffer.from(record);
  expect(bytes.readUInt32BE(1)).toBe(DEAD_LETTER_V1.id);
  const { value, offset } = parseSchema(DEAD_LETTER_V1.text).decode(bytes, 5);
  expect(offset).toBe(bytes.length);
  return value;
}

describe('versions of the contract', () => {
  test('a whole letter is written so that earlier readers read it', () => {
    const { timestampMs, ...same } = letter;
    expect(readAsBefore(codec.encode(letter))).toEqual({ ...same, timestamp: timestampMs });
  });

  test('the first version has lost and changed no field', () => {
    const types = (fields: typeof DEAD_LETTER.fields) => fields.map(({ name, type }) => ({ name, type }));
    expect(types(DEAD_LETTER.fields).slice(0, 8)).toEqual(types(DEAD_LETTER_V1.fields));
    for (const added of DEAD_LETTER.fields.slice(8)) expect(added.default).toBeNull();
  });

  test('the description of the original is decoded again', () => {
    const cut = { ...letter, originalBytes: 2_000_000, originalSha256: 'ab'.repeat(32), lastOffset: 2 ** 52 + 9 };
    expect(codec.decode(codec.encode(cut))).toEqual({ ok: true, value: cut });
  });

  test('a folder of schemas from before does not hide the newest', () => {
    const cut = { ...letter, originalBytes: 0 };
    expect(new DeadLetterCodec(() => undefined).decode(codec.encode(cut))).toEqual({ ok: true, value: cut });
  });
});

describe('encodeWithin', () => {
  const sizes = [0, 1, 300, 5_000, 70_000, 1_000_000];
  const bounds = [1_024, 4_096, 100_000, 1_044_492];
  const cases = sizes.flatMap((key) => sizes.flatMap((value) => bounds.map((bound) => ({ key, value, bound }))));

  test.each(cases)('a key of $key and a value of $value bytes within $bound', ({ key, value, bound }) => {
    const original = {
      ...letter,
      key: Buffer.alloc(key, 1),
      value: Buffer.alloc(value, 2),
      detail: 'why '.repeat(5_000),
    };
    const record = codec.encodeWithin(original, bound);
    expect((record.key?.length ?? 0) + record.value.length).toBeLessThanOrEqual(bound);
    const decoded = codec.decode(record.value);
    if (!decoded.ok) throw new Error(decoded.detail);
    const found = decoded.value;
    expect(Buffer.from(record.key!).equals(found.key!)).toBe(true);
    expect(original.key.subarray(0, found.key!.length).equals(found.key!)).toBe(true);
    expect(original.value.subarray(0, found.value!.length).equals(found.value!)).toBe(true);
    const whole = found.key!.length === key && found.value!.length === value;
    expect(isWhole(found)).toBe(whole);
    if (whole) return;
    expect(found.originalBytes).toBe(value);
    expect(found.originalSha256).toBe(createHash('sha256').update(original.value).digest('hex'));
    // What was kept fills most of the room: nothing is thrown away for nothing.
    if (value > bound) expect(record.value.length).toBeGreaterThan(bound / 3);
  });

  test('a letter cut twice describes the original as the first cut did', () => {
    const once = codec.decode(codec.encodeWithin({ ...letter, value: Buffer.alloc(50_000, 7) }, 20_000).value);
    if (!once.ok) throw new Error(once.detail);
    const twice = codec.decode(codec.encodeWithin(once.value, 2_000).value);
    if (!twice.ok) throw new Error(twice.detail);
    expect(twice.value.value!.length).toBeLessThan(2_000);
    const { originalBytes, originalSha256 } = once.value;
    expect(originalBytes).toBe(50_000);
    expect(twice.value).toMatchObject({ originalBytes, originalSha256 });
  });

  test('a tombstone with a key that is too large has no digest of a value', () => {
    const record = codec.encodeWithin({ ...letter, key: Buffer.alloc(9_000), value: null }, 2_048);
    const decoded = codec.decode(record.value);
    if (!decoded.ok) throw new Error(decoded.detail);
    expect(decoded.value).toMatchObject({ value: null, originalBytes: 0 });
    expect(decoded.value.originalSha256).toBeUndefined();
  });
});
