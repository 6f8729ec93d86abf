import { fromStored, toStored } from '../../src/serde/stored-names';

const NAMES = { segment: 'stratum', unused: 'x' };

test('keys are renamed in their order, others stay, and back again is the same', () => {
  const value = { b: 1, segment: [2], a: undefined };
  const stored = toStored(value, NAMES);
  expect(Object.entries(stored)).toEqual([
    ['b', 1],
    ['stratum', [2]],
    ['a', undefined],
  ]);
  expect(Object.entries(fromStored(stored, NAMES))).toEqual(Object.entries(value));
});

test('a key that only the code uses does not come back from a stored object', () => {
  expect(fromStored({ stratum: 1, segment: 2, b: 3 }, NAMES)).toEqual({ segment: 1, b: 3 });
});
