import { decodeEvent, encodeEvent } from '../../src/serde/label-rows';
import { anEvent } from '../support/events';

const ATTRIBUTES = { ageBand: '25-34', region: null, channel: 'web' };

test.each([
  ['as it says', anEvent()],
  ['as of an earlier time than it says', anEvent({ statedS: 1_700_082_800 })],
  ['with attributes too', anEvent({ kind: 'profile', statedS: 1_700_082_800, attributes: ATTRIBUTES })],
])('a waiting event is stored whole: %s', (_name, event) => {
  expect(decodeEvent(encodeEvent({ turnS: 1_700_000_000, event }))).toEqual({ turnS: 1_700_000_000, event });
});

test('an event that counts as of its own time is stored as before', () => {
  const [without, stated] = [anEvent(), anEvent({ statedS: 1_700_082_800 })];
  expect(encodeEvent({ turnS: 1, event: without }).length).toBeLessThan(
    encodeEvent({ turnS: 1, event: stated }).length,
  );
});
