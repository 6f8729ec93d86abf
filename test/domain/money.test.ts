import { mulberry32 } from '../../src/domain/math/random';
import { parseMinor } from '../../src/domain/money';

const SEED = 9;

test.each([
  ['12.34', 100, 1_234],
  ['12', 100, 1_200],
  ['12.3', 100, 1_230],
  ['.5', 100, 50],
  ['5.', 100, 500],
  ['-7.10', 100, -710],
  ['+7', 100, 700],
  [' 8.00 ', 100, 800],
  ['0', 100, 0],
  ['-0.00', 100, 0],
  ['1.1', 100, 110],
  ['4.35', 100, 435],
  ['1.005', 1_000, 1_005],
  ['168', 1, 168],
  ['168.0', 1, 168],
  ['1.5e3', 100, 150_000],
  ['15E-1', 100, 150],
  ['90071992547409.91', 100, 9_007_199_254_740_991],
])('%s at %i per major is %i, exactly', (text, minorPerMajor, minor) => {
  expect(parseMinor(text, minorPerMajor)).toEqual({ minor, rounded: false });
});

test.each([
  ['1.005', 100, 100],
  ['1.015', 100, 102],
  ['1.0150001', 100, 102],
  ['1.025', 100, 102],
  ['-1.015', 100, -102],
  ['0.001', 100, 0],
  ['-0.001', 100, 0],
  ['0.005', 100, 0],
  ['0.015', 100, 2],
  ['0.5', 1, 0],
  ['1.5', 1, 2],
  ['2.5', 1, 2],
  ['9e-3', 100, 1],
  ['9e-9', 100, 0],
  ['0.999', 100, 100],
])('%s at %i per major is rounded half to even: %i', (text, minorPerMajor, minor) => {
  expect(parseMinor(text, minorPerMajor)).toEqual({ minor, rounded: true });
});

test.each(['', '.', '-', 'abc', '1,000.00', '£5', '1.2.3', 'NaN', 'Infinity', '0x10', '1e400', '90071992547409.92'])(
  '%p is no amount',
  (text) => {
    expect(parseMinor(text, 100)).toBeUndefined();
  },
);

test(`what was printed is read back, seed ${SEED}`, () => {
  const random = mulberry32(SEED);
  for (let i = 0; i < 5_000; i++) {
    const minor = Math.floor((random() - 0.5) * 10 ** Math.floor(random() * 15)) || 0;
    const digits = String(Math.abs(minor)).padStart(3, '0');
    const text = `${minor < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
    expect(parseMinor(text, 100)).toEqual({ minor, rounded: false });
  }
});
