import { mulberry32 } from '../../../src/domain/math/random';
import { DateText, dateFormatFault } from '../../../src/services/files/date-text';
import { testSeed } from '../../support/seeded';

test.each([
  ['dd.MM.yyyy', '03.01.2024', '2024-01-03T00:00:00Z'],
  ['d.M.yyyy', '03.1.2024', '2024-01-03T00:00:00Z'],
  ['DD.MM.YYYY', '03.01.2024', '2024-01-03T00:00:00Z'],
  ['%d.%m.%Y', '03.01.2024', '2024-01-03T00:00:00Z'],
  ['%m/%d/%Y %H:%M', '12/01/2010 08:26', '2010-12-01T08:26:00Z'],
  ['M/d/yyyy H:mm', '12/1/2010 8:26', '2010-12-01T08:26:00Z'],
  ['MM/dd/yyyy h:mm a', '12/01/2010 8:26 PM', '2010-12-01T20:26:00Z'],
  ['d MMM yyyy', '3 Jan 2024', '2024-01-03T00:00:00Z'],
  ['yyyyMMdd', '20240103', '2024-01-03T00:00:00Z'],
  ["yyyy/MM/dd'T'HH:mm:ssZZZ", '2024/01/03T10:00:00+0100', '2024-01-03T09:00:00Z'],
  ['unix', '1704276000', '2024-01-03T10:00:00Z'],
  ['unix', '1704276000.9', '2024-01-03T10:00:00Z'],
  ['unix-ms', '1704276000999', '2024-01-03T10:00:00Z'],
])('%s reads %s, and ISO 8601 as before', (format, text, instant) => {
  expect(dateFormatFault(format)).toBeNull();
  const dates = new DateText([format]);
  expect(dates.seconds(text)).toBe(Date.parse(instant) / 1000);
  expect(dates.seconds(' 2024-01-03T10:00:00Z ')).toBe(1_704_276_000);
});

test.each([
  ['dd.MM.yyyy', '30.02.2024'],
  ['dd.MM.yyyy', '03.13.2024'],
  ['dd.MM.yyyy', '03.01.2024 10:00'],
  ['M/d/yyyy', '13/01/2024'],
  ['unix', 'soon'],
])('%s does not read %s', (format, text) => {
  expect(new DateText([format]).seconds(text)).toBeUndefined();
});

test('the first format that fits is taken', () => {
  const dates = new DateText(['M/d/yyyy', 'd/M/yyyy']);
  expect(dates.seconds('01/03/2024')).toBe(Date.parse('2024-01-03') / 1000);
  expect(dates.seconds('25/12/2024')).toBe(Date.parse('2024-12-25') / 1000);
});

test.each([
  ['2024-01-03 10:00', '2024-01-03T10:00:00Z'],
  ['2024-01-03 10:00:00 +0100', '2024-01-03T09:00:00Z'],
  ['2024-01-03T10:00:00.9-05:30', '2024-01-03T15:30:00Z'],
])('without a format, %s is %s on every machine', (text, instant) => {
  expect(new DateText([]).seconds(text)).toBe(Date.parse(instant) / 1000);
});

test.each(['HH:mm', 'yyyy', 'MM.yyyy', 'a date', ''])('%j is no format', (format) => {
  expect(dateFormatFault(format)).not.toBeNull();
});

const seed = testSeed();
test(`a day that is written in a format is read again, on every machine (seed ${seed})`, () => {
  const random = mulberry32(seed);
  const dates = new DateText(['dd.MM.yyyy HH:mm:ss']);
  for (let i = 0; i < 500; i++) {
    const iso = new Date(Math.floor(random() * 4e9) * 1000).toISOString();
    const [, y, m, d, time] = /^(\d+)-(\d+)-(\d+)T([\d:]+)/.exec(iso)!;
    expect(dates.seconds(`${d}.${m}.${y} ${time}`)).toBe(Date.parse(iso) / 1000);
  }
});
