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
  ['1672573822000000', "not an ISO 8601 date: give --date-format 'unix-us'"],
])('the advice for %s', (text, advice) => {
  expect(adviceOf([], text)).toBe(advice);
});

describe('every form of ISO 8601 is read', () => {
  test.each([
    ['20240103T100000Z', '2024-01-03T10:00:00Z'],
    ['20240103T1000+0100', '2024-01-03T09:00:00Z'],
    ['2024-01-03T10', '2024-01-03T10:00:00Z'],
    ['2024-01-03 10', '2024-01-03T10:00:00Z'],
    ['2024-01-03t10:00:00z', '2024-01-03T10:00:00Z'],
    ['2024-W01-3', '2024-01-03T00:00:00Z'],
    ['2024W013T1000', '2024-01-03T10:00:00Z'],
    ['2024-003', '2024-01-03T00:00:00Z'],
    ['2024-01-03T11:00:00+01:00[Europe/Berlin]', '2024-01-03T10:00:00Z'],
    ['2024-01-03 12:00:00 GMT+2', '2024-01-03T10:00:00Z'],
    ['2024-01-03 04:30 UTC-05:30', '2024-01-03T10:00:00Z'],
    ["'2024-01-03T10:00:00Z", '2024-01-03T10:00:00Z'],
    ['\u200e2024\u201301\u201303\u00a010:00', '2024-01-03T10:00:00Z'],
    ['\uff12\uff10\uff12\uff14-01-03', '2024-01-03T00:00:00Z'],
  ])('%s', (text, instant) => {
    expect(new DateText([]).seconds(text)).toBe(Date.parse(instant) / 1000);
  });

  test.each(['2023-366', '2024-W53-1', '2024-W60-1', '20240230T10', '2024-01-03T25'])('%s does not exist', (text) => {
    expect(new DateText([]).seconds(text)).toBeUndefined();
    expect(adviceOf([], text)).toBe('no day or time of the calendar');
  });

  test.each(['20240103', '2024', '2024-01', '2024-W01'])('%s could be something else, or is no day', (text) => {
    expect(new DateText([]).seconds(text)).toBeUndefined();
  });
});

describe('numbers since 1970 are read in the unit of their size only', () => {
  const texts = ['1704276000', '1704276000000', '1704276000000000', '1704276000000000000'];
  const formats = ['unix', 'unix-ms', 'unix-us', 'unix-ns'];

  test.each(formats.map((format, i) => [format, i] as const))('%s', (format, own) => {
    const dates = new DateText([format]);
    expect(texts.map((text) => dates.seconds(text))).toEqual(
      texts.map((_, i) => (i === own ? 1_704_276_000 : undefined)),
    );
    for (const [i, text] of texts.entries()) {
      if (i === own) continue;
      expect(dates.advice(text)).toBe(
        `neither an ISO 8601 date nor ${format}: give --date-format '${format}' '${formats[i]}'`,
      );
    }
  });

  test('all of them in one file, in any order', () => {
    for (const given of [formats, formats.toReversed()]) {
      const dates = new DateText(given);
      expect(texts.map((text) => dates.seconds(text))).toEqual(texts.map(() => 1_704_276_000));
    }
    expect(new DateText(['unix']).seconds('1704276000.999')).toBe(1_704_276_000);
    expect(adviceOf([], '1704276000.000')).toBe("not an ISO 8601 date: give --date-format 'unix'");
  });
});

describe('the advice for a date is a format that reads it', () => {
  test.each([
    ['03-JAN-24', 'd-MMM-yy', '2024-01-03T00:00:00Z'],
    ['Jan  3 2024 10:00AM', 'MMM d yyyy h:mma', '2024-01-03T10:00:00Z'],
    ['03/01/2024, 10:00:00', 'd/M/yyyy, H:mm:ss', '2024-01-03T10:00:00Z'],
    ['01/13/2024, 10:00:00\u202fAM', 'M/d/yyyy, h:mm:ss a', '2024-01-13T10:00:00Z'],
    ['03-JAN-24 10.00.00.000000 AM', 'd-MMM-yy h.mm.ss.u a', '2024-01-03T10:00:00Z'],
    ['Wednesday, January 03, 2024', 'EEE, MMM d, yyyy', '2024-01-03T00:00:00Z'],
    ['Wed Jan 03 10:00:00 UTC 2024', 'EEE MMM d yyyy H:mm:ss', '2024-01-03T10:00:00Z'],
    ['Wed Jan 03 2024 12:00:00 GMT+0200 (Eastern European Time)', 'EEE MMM d yyyy H:mm:ss ZZ', '2024-01-03T10:00:00Z'],
    ['Jan 03, 2024 at 10:00 AM', "MMM d, yyyy 'at' h:mm a", '2024-01-03T10:00:00Z'],
    ['03.01.2024, 10:00 Uhr', "d.M.yyyy, H:mm 'Uhr'", '2024-01-03T10:00:00Z'],
    ['10:00 03.01.2024', 'd.M.yyyy H:mm', '2024-01-03T10:00:00Z'],
    ['3. Januar 2024', 'd. MMM yyyy', '2024-01-03T00:00:00Z'],
    ['3 janv. 2024', 'd MMM yyyy', '2024-01-03T00:00:00Z'],
    ['3 mars 2024', 'd MMM yyyy', '2024-03-03T00:00:00Z'],
    ['mer. 3 janv. 2024', 'EEE d MMM yyyy', '2024-01-03T00:00:00Z'],
    ['3 de enero de 2024', "d 'de' MMM 'de' yyyy", '2024-01-03T00:00:00Z'],
    ['3 stycznia 2024', 'd MMM yyyy', '2024-01-03T00:00:00Z'],
    ['3 января 2024 г.', "d MMM yyyy 'г'.", '2024-01-03T00:00:00Z'],
    ['2024年1月3日', "yyyy'年'M'月'd'日'", '2024-01-03T00:00:00Z'],
    ['3. 1. 2024', 'd. M. yyyy', '2024-01-03T00:00:00Z'],
    ['January 3rd, 2024', 'MMM d, yyyy', '2024-01-03T00:00:00Z'],
    ['2024/01/03 10h00', "yyyy/M/d H'h'mm", '2024-01-03T10:00:00Z'],
    ['3/1/24 10:00 p.m.', 'd/M/yy h:mm a', '2024-01-03T22:00:00Z'],
  ])('%s', (text, format, instant) => {
    expect(adviceOf([], text)).toContain(format.replaceAll("'", "'\\''"));
    expect(new DateText([format]).seconds(text)).toBe(Date.parse(instant) / 1000);
  });

  test('in full names and with points, too', () => {
    const dates = new DateText(['d. MMMM yyyy', '%d %B %Y', 'd MMM. yyyy']);
    for (const text of ['3. Januar 2024', '3. Jan 2024', '03 janvier 2024', '3 Jan. 2024']) {
      expect(dates.seconds(text)).toBe(Date.parse('2024-01-03') / 1000);
    }
  });

  test.each([
    ['1.67257E+09', /Excel has shortened/],
    ['########', /column is too narrow/],
    ['2024-01', /a row needs a day/],
    ['Jan 2024', /a row needs a day/],
    ['31-02-24', /^no day or time of the calendar$/],
    ['31-FEB-24', /^no day or time of the calendar$/],
    ['Wed Jan 03 10:00:00 CET 2024', /zone CET is a name/],
    ['3 listopad 2024', /give --date-format$/],
  ])('or the cause: %s', (text, cause) => {
    expect(adviceOf([], text)).toMatch(cause);
  });
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
