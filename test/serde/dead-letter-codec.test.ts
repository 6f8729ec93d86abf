import { DEAD_LETTER_REASONS, type DeadLetter } from '../../src/domain/dead-letter';
import { DEAD_LETTER } from '../../src/serde/contracts';
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
  expect(codec.decode(codec.encode({ ...letter, value }))).toEqual({ ok: true, value: { ...letter, value } });
});

test('the contract names every reason', () => {
  const doc = DEAD_LETTER.fields.find(({ name }) => name === 'reason')?.doc;
  for (const reason of DEAD_LETTER_REASONS) expect(doc).toContain(reason);
});
