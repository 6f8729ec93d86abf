import { mulberry32 } from '../../../src/domain/math/random';
import { dateFormatFault } from '../../../src/services/files/date-format';
import { DateText } from '../../../src/services/files/date-text';
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

test.each([
  '2024-01-03 10:00:00 UTC',
  '2024-01-03 10:00:00 GMT',
  '2024-01-03 10:00:00 Z',
  '2024-01-03 10:00:00Z',
  '2024-01-03 10:00:00  +00:00',
  '2024-01-03 10:00:00 +0000 UTC',
  '2024-01-03T10:00:00.000000utc',
])('%s is UTC', (text) => {
  expect(new DateText([]).seconds(text)).toBe(1_704_276_000);
});

test('a format without a zone reads times with UTC behind them', () => {
  expect(new DateText(['d.M.yyyy H:mm']).seconds('3.1.2024 10:00 UTC')).toBe(1_704_276_000);
  expect(new DateText(['EEE, d MMM yyyy H:mm:ss']).seconds('Wed, 03 Jan 2024 10:00:00 GMT')).toBe(1_704_276_000);
});

/** The advice for the first text, in a file with all of them. */
function adviceOf(formats: readonly string[], ...texts: readonly string[]): string {
  const dates = new DateText(formats);
  for (const text of texts) dates.observe(text);
  return dates.advice(texts[0]!);
}

test.each([
  ['01/03/2024', "not an ISO 8601 date: give --date-format 'd/M/yyyy' or 'M/d/yyyy'"],
  ['01/03/2024 8:26 PM', "not an ISO 8601 date: give --date-format 'M/d/yyyy h:mm a' or 'd/M/yyyy h:mm a'"],
  ['2024-01-03 8:26 AM', "not an ISO 8601 date: give --date-format 'yyyy-M-d h:mm a'"],
  ['03.01.24', "not an ISO 8601 date: give --date-format 'd.M.yy'"],
  ['3 Jan 2024', "not an ISO 8601 date: give --date-format 'd MMM yyyy'"],
  ['20240103102030', "not an ISO 8601 date: give --date-format 'yyyyMMddHHmmss'"],
  [
    '2024-01-03 10:00:00 EST',
    'the zone EST is a name: write its offset from UTC in its place, such as -05:00, or Z for UTC',
  ],
  [
    '2024-01-03 10:00 Europe/Berlin',
    'the zone Europe/Berlin is a name: write its offset from UTC in its place, such as -05:00, or Z for UTC',
  ],
  ['30.02.2024', 'no day or time of the calendar'],
  ['2024-02-30', 'no day or time of the calendar'],
  ['2024-02-30 10:00 UTC', 'no day or time of the calendar'],
  ['soon', 'not an ISO 8601 date: give --date-format'],
  [
    '1672573822000000',
    'not an ISO 8601 date: these are microseconds since 1970: write milliseconds, and give --date-format unix-ms',
  ],
])('the advice for %s', (text, advice) => {
  expect(adviceOf([], text)).toBe(advice);
});

test('a day above 12 anywhere in the file says which number is the day', () => {
  expect(adviceOf([], '01/03/2024', '02/13/2024')).toMatch(/ 'M\/d\/yyyy'$/);
  expect(adviceOf([], '01/03/2024', '13/02/2024')).toMatch(/ 'd\/M\/yyyy'$/);
  expect(adviceOf([], '01/03/2024', '13/02/2024', '02/13/2024')).toMatch(/ 'd\/M\/yyyy' or 'M\/d\/yyyy'$/);
  // Another mark is another form.
  expect(adviceOf([], '01/03/2024', '13.02.2024', '02/13/2024')).toMatch(/ 'M\/d\/yyyy'$/);
});

test('what a format does not read', () => {
  expect(adviceOf(['d.M.yyyy'], '30.02.2024')).toBe('no day or time of the calendar as d.M.yyyy');
  expect(adviceOf(['dd/MM/yyyy'], '02/30/2024')).toBe('no day or time of the calendar as dd/MM/yyyy');
  expect(adviceOf(['d.M.yyyy'], '01/13/2024')).toBe(
    "neither an ISO 8601 date nor d.M.yyyy: give --date-format 'd.M.yyyy' 'M/d/yyyy'",
  );
  expect(adviceOf(['%d/%m/%Y'], '01/13/2024')).toBe(
    "no day or time of the calendar as %d/%m/%Y; '%m/%d/%Y' in its place would read it",
  );
});

test('a single date in the other order does not speak against the format', () => {
  expect(adviceOf(['d/M/yyyy'], '01/13/2024', '13/01/2024')).toBe('no day or time of the calendar as d/M/yyyy');
});

test('a format with day and month in the wrong order is found by all dates of the file', () => {
  const faultOf = (formats: readonly string[], ...texts: readonly string[]) => {
    const dates = new DateText(formats);
    for (const text of texts) dates.observe(text);
    return dates.orderFault();
  };
  expect(faultOf(['d/M/yyyy H:mm'], '01/02/2024 9:00', '01/13/2024 9:00')).toMatch(
    /^--date-format 'd\/M\/yyyy H:mm' takes the first number for the day, and is wrong: there are dates with a second number above 12, such as "01\/13\/2024 9:00", .*give 'M\/d\/yyyy H:mm' in its place$/,
  );
  expect(faultOf(['%m.%d.%Y'], '01.02.2024', '13.01.2024')).toMatch(
    /takes the second number.*give '%d\.%m\.%Y' in its place$/,
  );
  // The right one behind it does not mend it.
  expect(faultOf(['d/M/yyyy', 'M/d/yyyy'], '01/13/2024')).toMatch(/give 'M\/d\/yyyy' in its place$/);
  expect(faultOf(['d/M/yyyy'], '13/01/2024', '01/13/2024')).toMatch(
    /day first, such as "13\/01\/2024".*write them in one form/,
  );
  // The right one, an ambiguous file, and the right one ahead.
  expect(faultOf(['M/d/yyyy'], '01/13/2024')).toBeNull();
  expect(faultOf(['d/M/yyyy'], '01/02/2024')).toBeNull();
  expect(faultOf(['M/d/yyyy', 'd/M/yyyy'], '01/13/2024')).toBeNull();
  expect(faultOf([], '01/13/2024')).toBeNull();
});
