import { decodeClaim, decodeMeta, decodeOffsets, encodeOffsets } from '../../../src/adapters/redis/partition-meta';

const text = (value: string | null) => (value === null ? null : Buffer.from(value));
const FIELDS = ['a b', '7', '3,4', '1,2'].map(text);
const STRANGE = expect.objectContaining({ code: 'redis-content' });

test('offsets are numbers with commas between, and none is an empty text', () => {
  for (const offsets of [[], [0], [7, 0, 2 ** 53 - 1]])
    expect(decodeOffsets(encodeOffsets(offsets), 3)).toEqual(offsets);
  expect([encodeOffsets([7, 0]), encodeOffsets([])]).toEqual(['7,0', '']);
});

test('meta has all of its fields, or the partition was never committed, or another program wrote it', () => {
  const { cids, commits, folded, published } = decodeMeta(3, FIELDS)!;
  expect({ cids, commits, folded, published }).toEqual({
    cids: ['a', 'b'],
    commits: 7,
    folded: [3, 4],
    published: [1, 2],
  });
  expect(decodeMeta(3, [null, null, null, null])).toBeNull();
  expect(decodeMeta(3, [])).toBeNull();
  for (const missing of [1, 2, 3]) {
    const fields = FIELDS.map((field, i) => (i === missing ? null : field));
    expect(() => decodeMeta(3, fields)).toThrow(STRANGE);
    expect(() => decodeMeta(3, fields)).toThrow('meta of partition 3 ');
  }
});

test('a claim that is not of the layout of its script is refused', () => {
  for (const reply of [null, 'OK', [], ['1'], [null, ...FIELDS]]) expect(() => decodeClaim(3, reply)).toThrow(STRANGE);
});

test('a claim of a fresh partition holds nothing but its epoch', () => {
  expect(decodeClaim(3, [5, null, null, null, null])).toEqual({ epoch: 5, meta: null, outbox: [] });
});
