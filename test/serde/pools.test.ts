import { mulberry32 } from '../../src/domain/math/random';
import { pooledCopy, pooledFloats } from '../../src/serde/pools';
import { testSeed } from '../support/seeded';

describe('small arrays from a pool', () => {
  it('law: no array shares memory with another one, whatever their lengths', () => {
    const seed = testSeed();
    const random = mulberry32(seed);
    const kept = Array.from({ length: 500 }, (_, mark) => {
      const length = Math.floor(3_000 * random() ** 3);
      const copy = pooledCopy(new Uint8Array(length + 5).fill(mark % 251), length);
      const floats = pooledFloats(length >> 2);
      expect(floats.every((value) => value === 0)).toBe(true);
      return { mark, length, copy, floats: floats.fill(mark) };
    });
    for (const { mark, length, copy, floats } of kept) {
      expect({ seed, bytes: copy }).toEqual({ seed, bytes: new Uint8Array(length).fill(mark % 251) });
      expect({ seed, floats }).toEqual({ seed, floats: new Float32Array(length >> 2).fill(mark) });
    }
  });
});
