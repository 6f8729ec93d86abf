import { rollBackTarget } from '../../../src/domain/release/roll-back-target';
import { handWeights, levelShift } from '../../support/hand-model';

const [first, second] = [handWeights(), levelShift(handWeights(), 1)];
const stored = new Map([
  ['first', first],
  ['first recalibrated', handWeights()],
  ['second', second],
]);
const weightsOf = (version: string) => stored.get(version) ?? null;

test('the newest with other weights, past its own recalibrations', () => {
  expect(rollBackTarget(first, ['first recalibrated', 'first', 'second'], weightsOf)).toBe('second');
  expect(rollBackTarget(second, ['first recalibrated', 'first', 'second'], weightsOf)).toBe('first recalibrated');
});

test('a version that is not stored is passed over', () => {
  expect(rollBackTarget(second, ['gone', 'first'], weightsOf)).toBe('first');
});

test('null if there is none', () => {
  expect(rollBackTarget(first, ['first recalibrated', 'gone'], weightsOf)).toBeNull();
  expect(rollBackTarget(first, [], weightsOf)).toBeNull();
});

test('if the one in force can not be decoded, every other model differs from it', () => {
  expect(rollBackTarget(null, ['gone', 'first'], weightsOf)).toBe('first');
});
