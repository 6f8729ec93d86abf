import type { Release, ReleaseAction } from '../../src/domain/release/release';
import { decodeRelease, encodeRelease } from '../../src/serde/release-headers';

const RELEASE: Release = {
  action: 'rolled-back',
  by: 'änn@till-3',
  reason: 'Orders fell by 12 % – “wait”.',
  pinned: true,
  earlier: ['m-0123456789ab', 'm-ba9876543210'],
};
const PLAIN: Release = { action: 'published', by: '', reason: '', pinned: false, earlier: [] };

test.each([
  ['all fields', RELEASE],
  ['none but the action', PLAIN],
])('decode(encode(release)) is the release: %s', (_, release) => {
  expect(decodeRelease(encodeRelease(release))).toEqual(release);
});

test('the headers, as documented', () => {
  expect(encodeRelease(RELEASE)).toEqual({
    'clv-action': 'rolled-back',
    'clv-by': 'änn@till-3',
    'clv-reason': 'Orders fell by 12 % – “wait”.',
    'clv-pinned': 'yes',
    'clv-earlier': 'm-0123456789ab m-ba9876543210',
  });
  expect(encodeRelease(PLAIN)).toEqual({ 'clv-action': 'published' });
});

test('a record of an earlier program has no release', () => {
  expect(decodeRelease(undefined)).toBeUndefined();
  expect(decodeRelease({ 'some-other': 'header' })).toBeUndefined();
});

test('an action of a later program is passed on, and its other headers are skipped', () => {
  const release = decodeRelease({ 'clv-action': 'quarantined', 'clv-later': 'x' });
  expect(release).toEqual({ ...PLAIN, action: 'quarantined' as ReleaseAction });
});
