import { aheadDetail, effectiveMs, eventTimeFault, isAheadOfClock } from '../../src/domain/time-rule';
import { seeded, testSeed } from '../support/seeded';

const NOON = Date.parse('2026-05-01T12:00:00Z');
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const seed = testSeed();

describe('the effective time of an event', () => {
  test.each([
    ['an hour before its record', NOON - HOUR, NOON - HOUR],
    ['when its record is written', NOON, NOON],
    ['23 hours after its record', NOON + 23 * HOUR, NOON],
  ])('%s', (_name, eventMs, effective) => {
    expect(effectiveMs({ eventMs, recordMs: NOON })).toBe(effective);
    expect(eventTimeFault({ eventMs, recordMs: NOON }, DAY, 'The order')).toBeUndefined();
  });

  test(`law: never after the record, never before 1990, and the event's own time if both allow it (CLV_TEST_SEED=${seed})`, () => {
    const random = seeded(seed);
    for (let i = 0; i < 2_000; i++) {
      const recordMs = random.below(2 * NOON);
      const eventMs = recordMs + Math.round((random.next() - 0.7) * 40 * DAY);
      if (eventTimeFault({ eventMs, recordMs }, DAY, 'The order') !== undefined) continue;
      const effective = effectiveMs({ eventMs, recordMs });
      if (eventMs <= recordMs) expect(effective).toBe(eventMs);
      else expect(effective).toBe(Math.max(recordMs, Date.UTC(1990, 0, 1)));
    }
  });
});

describe('what is refused', () => {
  test.each([
    [
      'one millisecond beyond the tolerance',
      NOON + DAY + 1,
      /more than 86400 s after the log received it: set the prod/,
    ],
    ['before 1990', Date.UTC(1989, 11, 31), /before 1990: send milliseconds, not seconds/],
    ['after 2100', Date.UTC(2100, 0, 1) + 1, /after 2100-01-01.*send milliseconds since 1970/],
  ])('%s', (_name, eventMs, detail) => {
    expect(eventTimeFault({ eventMs, recordMs: NOON }, DAY, 'Order 17')).toMatch(detail);
    expect(eventTimeFault({ eventMs, recordMs: NOON }, DAY, 'Order 17')).toMatch(/^Order 17 is dated /);
  });

  test('a row of a file is measured against the local clock', () => {
    const fault = eventTimeFault({ eventMs: NOON + 2 * DAY, recordMs: NOON }, DAY, 'The row', 'now');
    expect(fault).toMatch(/The row is dated 2026-05-03T12:00:00.000Z, more than 86400 s after now/);
  });

  test('a record is ahead of the clock beyond the tolerance only', () => {
    expect(isAheadOfClock(NOON + DAY, NOON, DAY)).toBe(false);
    expect(isAheadOfClock(NOON + DAY + 1, NOON, DAY)).toBe(true);
    expect(isAheadOfClock(NOON - DAY, NOON, DAY)).toBe(false);
    // Clocks of machines differ, even if an event may not be later than its record.
    expect(isAheadOfClock(NOON + HOUR, NOON, 0)).toBe(false);
    expect(isAheadOfClock(NOON + HOUR + 1, NOON, 0)).toBe(true);
  });

  test('the detail of a record ahead of the clock depends on the record alone', () => {
    expect(aheadDetail(NOON)).toBe(
      "The record's timestamp is 2026-05-01T12:00:00.000Z, which was in the future when it was read: set the producer's clock.",
    );
  });
});
