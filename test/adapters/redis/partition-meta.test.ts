import {
  decodeClaim,
  decodeMeta,
  decodeOffsets,
  decodeTopicIds,
  encodeOffsets,
  encodeTopicIds,
  refusedFor,
} from '../../../src/adapters/redis/partition-meta';

const text = (value: string | null) => (value === null ? null : Buffer.from(value));
const FIELDS = ['a b', '7', '3,4', '1,2', '9', '9'].map(text);
const STRANGE = expect.objectContaining({ code: 'redis-content' });

test('offsets are numbers with commas between, and none is an empty text', () => {
  for (const offsets of [[], [0], [7, 0, 2 ** 53 - 1]])
    expect(decodeOffsets(encodeOffsets(offsets), 3)).toEqual(offsets);
  expect([encodeOffsets([7, 0]), encodeOffsets([])]).toEqual(['7,0', '']);
});

test.each(['1x', '-1', '1.5', '1e3', '01', '1,,2', ' 1', '9007199254740992'])('"%s" is no list of offsets', (text) => {
  expect(() => decodeOffsets(text, 3)).toThrow(STRANGE);
});

test('of a long text the error quotes the beginning', () => {
  const quoted = `in Redis has offsets "${'x'.repeat(191)}: it is damaged`;
  expect(() => decodeOffsets('x'.repeat(300), 3)).toThrow(quoted);
});

test('topic ids are names with commas between, and a dash for none', () => {
  expect([encodeTopicIds(['a', null, 'b']), encodeTopicIds([])]).toEqual(['a,-,b', '']);
  expect([decodeTopicIds('a,-,b'), decodeTopicIds('')]).toEqual([['a', null, 'b'], []]);
});

test('meta has all of its fields, or the partition was never committed, or another program wrote it', () => {
  const { commitIds, commits, folded, published } = decodeMeta(3, FIELDS)!;
  expect({ commitIds, commits, folded, published }).toEqual({
    commitIds: ['a', 'b'],
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

test('commits begun and whole that differ say that a part of one came back, also without a commit chain', () => {
  expect(decodeMeta(3, FIELDS.slice(0, 4))).not.toBeNull();
  const torn = [
    [...FIELDS.slice(0, 5), text('8')],
    [...FIELDS.slice(0, 5), null],
    [null, null, null, null, text('1'), null],
  ];
  for (const fields of torn) {
    expect(() => decodeMeta(3, fields)).toThrow(expect.objectContaining({ code: 'redis-torn' }));
    expect(() => decodeClaim(3, [5, ...fields, null])).toThrow('partition 3 in Redis holds a part of a commit');
  }
});

test('a claim that is not of the layout of its script is refused', () => {
  for (const reply of [null, 'OK', [], ['1'], [null, ...FIELDS]]) expect(() => decodeClaim(3, reply)).toThrow(STRANGE);
});

test('a claim is refused for the owner that its reply names after a 0', () => {
  expect([[0, Buffer.from('shop')], [1, Buffer.from('shop')], 0].map(refusedFor)).toEqual(['shop', null, null]);
});

test('a damaged blob of the outbox is named by its place', () => {
  const blob = Buffer.from([1, 1, 97, 0, 0]);
  const claim = decodeClaim(3, [5, ...FIELDS, text('t1'), blob]);
  expect(claim).toMatchObject({ epoch: 5, outbox: [{ commitId: 'a', folded: [], records: [] }], topicIds: ['t1'] });
  expect(() => decodeClaim(3, [5, ...FIELDS, null, blob, Buffer.from('x')])).toThrow(
    /^commit 2 of 2 in the outbox of partition 3: .*version 120/,
  );
  expect(() => decodeClaim(3, [5, ...FIELDS, null, 'no blob'])).toThrow(STRANGE);
});

test('a claim of a fresh partition holds nothing but its epoch', () => {
  expect(decodeClaim(3, [5, null, null, null, null])).toEqual({ epoch: 5, meta: null, outbox: [] });
});
