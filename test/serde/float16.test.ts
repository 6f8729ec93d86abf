import { mulberry32 } from '../../src/domain/math/random';
import { float16Bits, fromFloat16Bits } from '../../src/serde/float16';
import { testSeed } from '../support/seeded';

const seed = testSeed();

describe(`float16 (CLV_TEST_SEED=${seed})`, () => {
  test('every number of the format comes back bit by bit', () => {
    for (let bits = 0; bits < 0x1_0000; bits++) {
      const value = fromFloat16Bits(bits);
      if (Number.isNaN(value)) expect(Number.isNaN(fromFloat16Bits(float16Bits(value)))).toBe(true);
      else if (float16Bits(value) !== bits) throw new Error(`${bits} became ${float16Bits(value)}`);
    }
  });

  test.each([
    [1, 0x3c00],
    [-2, 0xc000],
    [65_504, 0x7bff],
    [65_519.9, 0x7bff],
    [65_520, 0x7c00],
    [1 + 2 ** -11, 0x3c00], // a tie goes to even: down
    [1 + 3 * 2 ** -11, 0x3c02], // and up
    [2 - 2 ** -12, 0x4000], // carries into the exponent
    [2 ** -14 - 2 ** -26, 0x0400], // from the subnormals too
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [0.1, 0x2e66],
  ])('%d is %i', (value, bits) => {
    expect(float16Bits(value)).toBe(bits);
  });

  test('rounds to the nearest: within a half of the last place', () => {
    const random = mulberry32(seed);
    for (let i = 0; i < 2_000; i++) {
      const value = (random() - 0.5) * 2 ** Math.floor(random() * 30 - 15);
      const half = Math.max(2 ** -25, 2 ** Math.floor(Math.log2(Math.abs(value))) / 2048);
      expect(Math.abs(fromFloat16Bits(float16Bits(value)) - value)).toBeLessThanOrEqual(half);
    }
  });
});
