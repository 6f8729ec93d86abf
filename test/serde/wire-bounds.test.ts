import { Type } from 'avsc';
import { mulberry32 } from '../../src/domain/math/random';
import { wireCheck } from '../../src/serde/wire-bounds';

const SEED = 31;
const type = Type.forSchema({
  type: 'record',
  name: 'Everything',
  fields: [
    { name: 'texts', type: { type: 'array', items: 'string' } },
    { name: 'numbers', type: { type: 'map', values: ['null', 'double', { type: 'array', items: 'int' }] } },
    { name: 'digest', type: { type: 'fixed', name: 'Digest', size: 4 } },
    { name: 'flag', type: ['null', { type: 'enum', name: 'Flag', symbols: ['A', 'B'] }] },
    { name: 'rest', type: 'bytes' },
    {
      name: 'bits',
      type: {
        type: 'record',
        name: 'Bits',
        fields: [
          { name: 'on', type: 'boolean' },
          { name: 'x', type: 'float' },
        ],
      },
    },
  ],
});
const check = wireCheck(type);

test(`what avsc writes is within bounds, what is cut off is not, seed ${SEED}`, () => {
  const random = mulberry32(SEED);
  const text = () => 'ab'.repeat(Math.floor(random() * 4));
  for (let i = 0; i < 300; i++) {
    const bytes = type.toBuffer({
      texts: Array.from({ length: Math.floor(random() * 4) }, text),
      numbers: { a: null, b: random(), c: [1, -70_000, 3] },
      digest: Buffer.from([1, 2, 3, 4]),
      flag: random() < 0.5 ? null : 'B',
      rest: Buffer.from(text()),
      bits: { on: true, x: 0.5 },
    });
    expect(check?.(bytes, 0)).toBe(true);
    expect(check?.(bytes.subarray(0, Math.floor(random() * bytes.length)), 0)).toBe(false);
  }
});

describe('counts that the bytes cannot hold', () => {
  const nulls = wireCheck(Type.forSchema({ type: 'array', items: 'null' }));
  test.each([
    ['a count of 2^49', 'feffffffffffff0300', false],
    ['a block that states a wrong size', '010200', false],
    ['a block that states a size backwards', '010500', false],
    ['a count that never ends', 'ffffffffffffffffffffffff', false],
    ['two nulls', '0400', true],
  ])('%s', (_name, hex, expected) => {
    expect(nulls?.(Buffer.from(hex, 'hex'), 0)).toBe(expected);
  });
});

test('a schema that nests without end is refused, one that ends is read', () => {
  const list = Type.forSchema({
    type: 'record',
    name: 'Node',
    fields: [
      { name: 'tags', type: { type: 'array', items: 'int' } },
      { name: 'next', type: ['null', 'Node'] },
    ],
  });
  const bounded = wireCheck(list);
  expect(bounded?.(list.toBuffer({ tags: [1], next: { tags: [], next: null } }), 0)).toBe(true);
  expect(bounded?.(Buffer.alloc(1_000_000, 2), 0)).toBe(false);
});

test('flat schemas need no check', () => {
  expect(
    wireCheck(Type.forSchema({ type: 'record', name: 'Flat', fields: [{ name: 'a', type: 'long' }] })),
  ).toBeUndefined();
});
