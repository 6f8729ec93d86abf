import { decodeEmitted, encodeEmitted } from '../../../src/adapters/kafka/emitted-header';
import { OutputProofs } from '../../../src/adapters/kafka/output-proof';

const emitted = [5, 0, 2 ** 53 - 1];

test.each([
  ['scorers', undefined],
  ['scorers', 'aBcD_-12'],
  ['a group # of 3', 'aBcD_-12'],
])('comes back as it was written: group %p, logs %p', (group, logs) => {
  expect(decodeEmitted(group, logs, encodeEmitted(group, logs, emitted))).toEqual(emitted);
});

test('the header of another group is ignored', () => {
  expect(decodeEmitted('scorers', 'x', encodeEmitted('scorer', 'x', emitted))).toBeNull();
  expect(decodeEmitted('scorers', 'x', encodeEmitted('scorers2', 'x', emitted))).toBeNull();
});

test('the header of other input topics is recognised as ours, but its offsets are not used', () => {
  expect(decodeEmitted('scorers', 'x', encodeEmitted('scorers', 'y', emitted))).toBe('other-logs');
  expect(decodeEmitted('scorers', 'x', encodeEmitted('scorers', undefined, emitted))).toBe('other-logs');
});

test.each([
  '',
  'scorers',
  'scorers ',
  'scorers 1,',
  'scorers 1,-2',
  'scorers 1.5',
  'scorers 9007199254740993',
  '1,2',
  ' 1,2',
])('not written by this program: %p', (text) => {
  expect(decodeEmitted('scorers', undefined, text)).toBeNull();
});

test('a record of other input topics proves that there is more than its offsets show', () => {
  const settings = {
    groupId: 'scorers',
    logs: 'x',
    inputTopics: ['orders', 'clicks'],
    updatesTopic: 'updates',
    deadLettersTopic: 'dead-letters',
    transactionalIdPrefix: 'scorers',
    mode: 'exactly-once',
  } as const;
  const record = (header: string) => ({
    offset: 0,
    timestampMs: 0,
    key: null,
    value: null,
    headers: { 'clv-emitted': header },
  });
  const proofs = new OutputProofs(settings, 0);
  expect(proofs.of('updates', record('scorers#x 3,4'))).toEqual({ emitted: [3, 4], isWhole: true });
  expect(proofs.of('updates', record('scorers#y 3,4'))).toEqual({ emitted: [], isWhole: false });
  expect(proofs.of('updates', record('others#x 3,4'))).toBeNull();
});
