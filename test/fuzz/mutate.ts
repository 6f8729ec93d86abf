import type { Random } from '../../src/domain/math/random';

/** Longest input that is made: larger ones show nothing that this does not. */
export const MOST_INPUT_BYTES = 256 * 1024;

/** Numbers at which readers stumble: lengths, counts, signs. */
const BOMBS: readonly (readonly number[])[] = [
  [0x00],
  [0x01],
  [0x7f],
  [0x80],
  [0xff],
  [0xff, 0xff],
  [0x7f, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0x7f],
  [0x80, 0x00, 0x00, 0x00],
  [0xff, 0xff, 0xff, 0xff],
  [0xfe, 0xff, 0xff, 0xff, 0x0f], // Avro: 2³¹ − 1
  [0xff, 0xff, 0xff, 0xff, 0x0f], // LEB128: 2³² − 1; Avro: −2³¹
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f], // LEB128: 2⁵³ − 1
  [0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01], // Avro: 2⁶³ − 1
  [0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x01],
  [0x00, 0x00, 0xc0, 0x7f], // float32 NaN
  [0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0xf0, 0x7f], // float64 infinity
];

/** Pieces of text at which readers of text stumble. */
const TEXTS = [
  '{',
  '}',
  '[',
  '"',
  ',',
  ':',
  'null',
  'true',
  '-1',
  '1e999',
  '9007199254740993',
  '-0',
  '"__proto__":',
  '"constructor":{"prototype":{}},',
  '\\u0000',
  '\\ud800',
  '%00',
  '%ff',
  '../',
  '?asOf=',
  '[[[[[[[[[[[[[[[[',
  '{"a":{"a":{"a":{"a":',
].map((text) => new TextEncoder().encode(text));

type Mutation = (bytes: Uint8Array, random: Random, corpus: readonly Uint8Array[]) => Uint8Array;

const below = (random: Random, n: number): number => Math.floor(random() * n);
const one = <T>(random: Random, values: readonly T[]): T => values[below(random, values.length)]!;

function splice(bytes: Uint8Array, from: number, to: number, middle: ArrayLike<number>): Uint8Array {
  const joined = new Uint8Array(from + middle.length + bytes.length - to);
  joined.set(bytes.subarray(0, from));
  joined.set(middle, from);
  joined.set(bytes.subarray(to), from + middle.length);
  return joined;
}

function randomBytes(random: Random, count: number): Uint8Array {
  return Uint8Array.from({ length: count }, () => below(random, 256));
}

const MUTATIONS: readonly Mutation[] = [
  function flipBit(bytes, random) {
    const flipped = bytes.slice();
    if (flipped.length > 0) flipped[below(random, flipped.length)]! ^= 1 << below(random, 8);
    return flipped;
  },
  function setByte(bytes, random) {
    const changed = bytes.slice();
    if (changed.length > 0) changed[below(random, changed.length)] = below(random, 256);
    return changed;
  },
  function cut(bytes, random) {
    return bytes.slice(0, below(random, bytes.length + 1));
  },
  function dropPiece(bytes, random) {
    const from = below(random, bytes.length + 1);
    return splice(bytes, from, from + below(random, Math.min(64, bytes.length - from) + 1), []);
  },
  function repeatPiece(bytes, random) {
    const from = below(random, bytes.length + 1);
    const piece = bytes.subarray(from, from + below(random, 64));
    const times = random() < 0.1 ? 1 + below(random, 2_000) : 1;
    const repeated = new Uint8Array(piece.length * times);
    for (let i = 0; i < times; i++) repeated.set(piece, i * piece.length);
    return splice(bytes, from, from, repeated);
  },
  function crossOver(bytes, random, corpus) {
    const other = one(random, corpus);
    return splice(
      bytes,
      below(random, bytes.length + 1),
      bytes.length,
      other.subarray(below(random, other.length + 1)),
    );
  },
  function bombOver(bytes, random) {
    const bomb = one(random, BOMBS);
    const at = below(random, bytes.length + 1);
    return splice(bytes, at, Math.min(bytes.length, at + bomb.length), bomb);
  },
  function bombBetween(bytes, random) {
    const at = below(random, bytes.length + 1);
    return splice(bytes, at, at + below(random, Math.min(2, bytes.length - at + 1)), one(random, BOMBS));
  },
  function textBetween(bytes, random) {
    const at = below(random, bytes.length + 1);
    return splice(bytes, at, at + below(random, Math.min(4, bytes.length - at + 1)), one(random, TEXTS));
  },
  function noise(bytes, random) {
    const at = below(random, bytes.length + 1);
    return splice(bytes, at, Math.min(bytes.length, at + below(random, 16)), randomBytes(random, below(random, 16)));
  },
];

/** An input: mostly a valid one changed a few times, now and then random bytes. */
export function drawInput(corpus: readonly Uint8Array[], random: Random): Uint8Array {
  if (random() < 0.02) return randomBytes(random, below(random, 2_000));
  let bytes = one(random, corpus);
  for (let changes = below(random, 2 + below(random, 6)); changes > 0; changes--) {
    bytes = one(random, MUTATIONS)(bytes, random, corpus);
  }
  return bytes.subarray(0, MOST_INPUT_BYTES);
}
