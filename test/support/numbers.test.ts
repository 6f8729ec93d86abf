import { numbersFault } from './numbers';

const row = (...numbers: number[]) => Float32Array.from(numbers);

test('the same numbers have no fault, in a row and by name', () => {
  expect(numbersFault(row(1, Number.NaN), row(1, Number.NaN))).toBeNull();
  expect(numbersFault({ a: row(1), b: { c: [2] } }, { a: row(1), b: { c: [2] } })).toBeNull();
  expect(numbersFault(row(1e6), row(1e6 + 1), 1e-6)).toBeNull();
});

test.each([
  ['another number', row(1, 2), row(1, 3), /\[1\]: 2, expected 3/],
  ['another length', row(1), row(1, 3), /\[1\]: undefined, expected 3/],
  ['a negative zero', row(0), row(-0), /\[0\]: 0, expected 0/],
  ['a NaN', row(Number.NaN), row(1), /\[0\]: NaN, expected 1/],
  ['another name', { a: row(1) }, { b: row(1) }, /\.a \(of another shape\)/],
])('%s is a fault', (_, actual, expected, pattern) => {
  expect(numbersFault(actual as never, expected as never)).toMatch(pattern);
});

test('a thousand differences are reported in five lines', () => {
  const fault = numbersFault(new Float32Array(1000), new Float32Array(1000).fill(1), 0.5)!;
  expect(fault.split('\n')).toHaveLength(5);
  expect(fault).toMatch(/^1000 of 1000 numbers differ by more than 0.5\n {2}\[0\]: 0, expected 1/);
  expect(fault).toMatch(/worst difference: 1$/);
});

test('the matcher says it', () => {
  expect(row(1, 2)).toEqualNumbers([1, 2]);
  expect(row(1, 2)).not.toEqualNumbers(row(1, 3));
  expect(() => expect(row(1)).toEqualNumbers(row(2))).toThrow('1 of 1 numbers differ');
});
