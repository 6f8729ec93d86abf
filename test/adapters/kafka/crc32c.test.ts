import { crc32c } from '../../../src/adapters/kafka/crc32c';
import { seeded } from '../../support/random-bytes';

/** The definition, bit by bit. */
function slowly(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}

describe('crc32c', () => {
  it('gives the values of RFC 3720', () => {
    expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
    expect(crc32c(Buffer.alloc(32, 0xff))).toBe(0x62a8ab43);
    expect(crc32c(Buffer.from(Array.from({ length: 32 }, (_, i) => i)))).toBe(0x46dd794e);
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });

  it('equals the definition for every length', () => {
    const random = seeded('crc32c');
    for (let length = 0; length < 100; length++) {
      const bytes = random.bytes(length);
      expect(crc32c(bytes)).toBe(slowly(bytes));
    }
  });
});
