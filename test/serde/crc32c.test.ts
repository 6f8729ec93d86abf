import { mulberry32 } from '../../src/domain/math/random';
import { crc32c } from '../../src/serde/crc32c';
import { testSeed } from '../support/seeded';

const seed = testSeed();

/** The slow, independent way: long division, one bit at a time. */
function byBits(bytes: Uint8Array): number {
  let rest = 0xffffffff;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const out = (rest ^ (byte >>> bit)) & 1;
      rest = (rest >>> 1) ^ (out ? 0x82f63b78 : 0);
    }
  }
  return (rest ^ 0xffffffff) >>> 0;
}

test.each<[string, Uint8Array, number]>([
  ['123456789', Buffer.from('123456789'), 0xe3069283],
  ['32 zeros (RFC 3720)', new Uint8Array(32), 0x8a9136aa],
  ['32 bytes of ones (RFC 3720)', new Uint8Array(32).fill(0xff), 0x62a8ab43],
  ['nothing', new Uint8Array(0), 0],
])('the published value of %s', (_name, bytes, expected) => {
  expect(crc32c(bytes)).toBe(expected);
});

test(`law: as by long division, of any stretch of any length (CLV_TEST_SEED=${seed})`, () => {
  const random = mulberry32(seed);
  for (let round = 0; round < 300; round++) {
    const bytes = Uint8Array.from({ length: Math.floor(random() * 70) }, () => Math.floor(random() * 256));
    const start = Math.floor(random() * (bytes.length + 1));
    const end = start + Math.floor(random() * (bytes.length - start + 1));
    expect(crc32c(bytes, start, end)).toBe(byBits(bytes.subarray(start, end)));
  }
});
