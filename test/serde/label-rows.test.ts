import { INPUT_ROLES } from '../../src/domain/event';
import { TimeFront } from '../../src/domain/labels/time-front';
import { NEVER_S } from '../../src/domain/state/summary';
import { decodeDay, decodeEvent, encodeDay, encodeEvent } from '../../src/serde/label-rows';
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

describe('the closing record of a day', () => {
  const COUNTERS = { events: 12_345, tooLate: 3, opened: 44, capped: 5, completed: 6, judged: [9, 8, 7, 6] };
  const TOPICS = INPUT_ROLES.map((_, i) => ({
    nextOffset: 1000 * i + 7,
    latestS: i === 3 ? NEVER_S : 1_700_000_000 + i,
  }));
  const DAY = { clockS: 1_700_006_400, readUntilS: 1_700_090_000.5, counters: COUNTERS };
  /** Written by the version before paces. */
  const VERSION_1 =
    '01000000800255d941000020245455d9410780c49fd50cef0782c49fd50cd70f84c49fd50cbf1701a71f88c49fd50c8f278ac49fd50cb960032c050609080706';

  test('of version 1 is read: its topics have no pace', () => {
    const topics = TOPICS.map((topic) => ({ ...topic, pace: null }));
    expect(decodeDay(Buffer.from(VERSION_1, 'hex'))).toEqual({ ...DAY, topics });
  });

  test('of version 1, cut or with more behind it, is refused', () => {
    const bytes = Buffer.from(VERSION_1, 'hex');
    for (let length = 1; length < bytes.length; length++)
      expect(() => decodeDay(bytes.subarray(0, length))).toThrow(RangeError);
    expect(() => decodeDay(Buffer.concat([bytes, Buffer.of(0)]))).toThrow(RangeError);
  });

  test('of a later version is refused by its number', () => {
    expect(() => decodeDay(Buffer.of(99, 0))).toThrow(/version 99, this program reads 1 to/);
  });

  test('labels go on from version 1: a topic without a pace begins its own, and time stays where it was', () => {
    const { topics } = decodeDay(Buffer.from(VERSION_1, 'hex'));
    const [{ latestS, pace }] = topics as [(typeof topics)[number]];
    const front = new TimeFront(3, latestS, pace);
    expect(front.latestS).toBe(TOPICS[0]!.latestS);
    // One fast clock moves nothing; a quorum does.
    front.take('fast', latestS + 3_600);
    expect(front.latestS).toBe(latestS);
    for (const customer of ['a', 'b', 'c']) front.take(customer, latestS + 60);
    expect(front.latestS).toBe(latestS + 60);
    const later = {
      ...DAY,
      topics: [{ nextOffset: 7, latestS: front.latestS, pace: front.pace() }, ...topics.slice(1)],
    };
    expect(decodeDay(encodeDay(later))).toEqual(later);
  });
});
