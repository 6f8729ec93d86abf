import { isCalendarDay, isoInstantMs } from '../../src/domain/iso-instant';
import { mulberry32 } from '../../src/domain/math/random';
import { testSeed } from '../support/seeded';

test.each([
  ['2024-01-03', '2024-01-03T00:00:00Z'],
  ['2024-01-03 10:00', '2024-01-03T10:00:00Z'],
  ['2024-01-03T10:00:07', '2024-01-03T10:00:07Z'],
  ['2024-01-03T10:00:07.1239Z', '2024-01-03T10:00:07.123Z'],
  ['2024-01-03 10:00:00 +0100', '2024-01-03T09:00:00Z'],
  ['2024-01-03T10:00:00-05:30', '2024-01-03T15:30:00Z'],
  ['2024-02-29T10:00:00+02', '2024-02-29T08:00:00Z'],
])('%s is %s on every machine', (text, instant) => {
  expect(isoInstantMs(text)).toBe(Date.parse(instant));
});

test.each([
  '2026-02-30T10:00:00Z',
  '2026-02-30',
  '2023-02-29',
  '1900-02-29',
  '2024-04-31',
  '2024-00-10',
  '2024-13-01',
  '2024-01-00',
  '2024-01-03T24:00:00Z',
  '2024-01-03T10:60:00Z',
  '2024-01-03T10:00:61Z',
  '2024-01-03T10:00:00+24:00',
  '2024-01-03+01:00',
  '2024-1-3',
  '03.01.2024',
  '1704276000',
  '',
])('%s is no instant', (text) => {
  expect(isoInstantMs(text)).toBeUndefined();
});

const seed = testSeed();
test(`every day of the calendar is one, and no other (seed ${seed})`, () => {
  const random = mulberry32(seed);
  for (let i = 0; i < 5_000; i++) {
    const [year, month, day] = [
      1900 + Math.floor(random() * 300),
      Math.floor(random() * 14),
      Math.floor(random() * 34),
    ];
    const date = new Date(Date.UTC(year, month - 1, day));
    expect(isCalendarDay(year, month, day)).toBe(date.getUTCMonth() === month - 1 && date.getUTCDate() === day);
    const instant = new Date(Math.floor(random() * 4e12)).toISOString();
    expect(isoInstantMs(instant)).toBe(Date.parse(instant));
  }
});
