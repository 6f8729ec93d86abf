import { findVersion } from '../../../src/domain/release/version-lookup';

const VERSIONS = ['m-12ab', 'm-12cd', 'm-12', 'm-9f00'];

test.each([
  ['m-9f00', { type: 'found', version: 'm-9f00' }],
  ['m-9', { type: 'found', version: 'm-9f00' }],
  ['m-12a', { type: 'found', version: 'm-12ab' }],
  // Equal goes before longer ones.
  ['m-12', { type: 'found', version: 'm-12' }],
  ['m-1', { type: 'ambiguous', matches: ['m-12ab', 'm-12cd', 'm-12'] }],
  ['12ab', { type: 'unknown' }],
  ['m-12abc', { type: 'unknown' }],
])('%s', (text, found) => {
  expect(findVersion(VERSIONS, text)).toEqual(found);
});

test('no text names no version, even if there is only one', () => {
  expect(findVersion(['m-1'], '')).toEqual({ type: 'unknown' });
});
