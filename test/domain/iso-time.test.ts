import { parseIsoTime } from '../../src/domain/iso-time';
import { seeded, testSeed } from '../support/seeded';

const SEED = testSeed();
const ms = (text: string) => parseIsoTime(text)?.ms;

test.each([
  ['2024-05-01', Date.UTC(2024, 4, 1), true],
  ['2024-05-01T12:30Z', Date.UTC(2024, 4, 1, 12, 30), true],
  ['2024-05-01T12:30:15.1239+02:00', Date.UTC(2024, 4, 1, 10, 30, 15, 123), true],
  ['2024-05-01 12:30:15.1239+02', Date.UTC(2024, 4, 1, 10, 30, 15, 123), true],
  ['2024-05-01 12:30:15,5-05', Date.UTC(2024, 4, 1, 17, 30, 15, 500), true],
  ['2024-05-01 12:30:15-0530', Date.UTC(2024, 4, 1, 18, 0, 15), true],
  ['2024-05-01T12:30', Date.UTC(2024, 4, 1, 12, 30), false],
  ['2024-02-29T24:00:00Z', Date.UTC(2024, 2, 1), true],
  ['0099-12-31T23:59:59Z', Date.parse('0099-12-31T23:59:59Z'), true],
])('%s', (text, expected, isInstant) => {
  expect(parseIsoTime(text)).toEqual({ ms: expected, isInstant });
});

test.each([
  '2026-02-30T10:00:00Z',
  '2026-02-29',
  '2100-02-29',
  '2026-04-31T00:00:00Z',
  '2026-00-10',
  '2026-13-01',
  '2026-01-00',
  '2026-01-01T25:00Z',
  '2026-01-01T24:00:01Z',
  '2026-01-01T10:60Z',
  '2026-01-01T10:00:60Z',
  '2026-01-01T10:00Z+02:00',
  '2026-01-01T10:00+24:00',
  '2026-1-1',
  '01.02.2026',
  '',
])('%s is no time', (text) => {
  expect(parseIsoTime(text)).toBeUndefined();
});

test(`the days of the calendar are read, and no others, seed ${SEED}`, () => {
  const random = seeded(SEED);
  for (let round = 0; round < 2_000; round++) {
    const year = 1900 + random.below(300);
    const [month, day] = [1 + random.below(12), 1 + random.below(31)];
    const text = `${year}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}`;
    const exists = day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
    expect(ms(text)).toBe(exists ? Date.UTC(year, month - 1, day) : undefined);
    if (exists) expect(ms(`${text}T01:02:03.004Z`)).toBe(Date.parse(`${text}T01:02:03.004Z`));
  }
});
