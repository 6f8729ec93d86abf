import { dateFormatFault, dateParser, epochOf } from './date-format';
import { englishMonth, withEnglishNames } from './month-names';

/** The end of a text: T or something else ahead of the time, hours, minutes, seconds, half of the day, a word, and the offset. */
const TIME =
  /(?:(T)|((?:,|-| -)? ?(?:\p{L}+\.? )?))(?<!\d)(\d{1,2})([:.h])(\d{2})(?:\4(\d{2})([.,]\d{1,9})?)?( ?[AP]M)?( \p{L}+)?(?:( ?)([+-]\d{2}:\d{2}|[+-]\d{4}))?$/iu;
/** Words, numbers, and what is between them. */
const PARTS = /\p{L}[\p{L}\p{M}]*|\d+|[^\p{L}\d]+/gu;
const WORD = /^\p{L}/u;
/** Words behind the last number are no longer than the r. of Russian dates. */
const MOST_TRAILING = 2;

/**
 * The formats that read a text, the likeliest first. Null if its form is not known, empty if it is and there is no such day or time. With `/`
 * the day comes first, unless the text has am or pm.
 */
export function formatsOf(text: string): string[] | null {
  if (/^\d{14}$/.test(text) && reads(text)('yyyyMMddHHmmss')) return ['yyyyMMddHHmmss'];
  const epoch = epochOf(text);
  if (epoch !== null && /^\d{9,}/.test(text)) return [epoch];
  const english = withEnglishNames(text);
  const time = TIME.exec(english);
  // A time needs a date ahead of it, and something between them.
  const isTimed = time !== null && time.index > 0 && (time[1] ?? time[2]) !== '';
  const formats = dateFormats(isTimed ? english.slice(0, time.index) : english);
  if (formats === null) return null;
  const end = isTimed ? timeFormat(time) : '';
  const whole = formats.map((format) => `${format}${end}`).filter(reads(text));
  // 31-02-24 is a wrong day, not one of the year 31.
  if (whole.length === 1 && /^yy(?!y)/.test(whole[0]!) && Number(text.slice(0, 2)) <= 31) return [];
  return isTimed && time[8] !== undefined && english.includes('/') ? americanFirst(whole) : whole;
}

/** How the date part of a text may be written. Null if it has no day, month and year. */
function dateFormats(text: string): string[] | null {
  const parts = text.match(PARTS) ?? [];
  if (parts.length === 1 && /^\d{8}$/.test(text)) return ['yyyyMMdd'];
  const numbers = parts.flatMap((part, at) => (/^\d/.test(part) ? [at] : []));
  const month = parts.findIndex((part, at) => englishMonth(part) === part && !(at === 0 && isWeekday(parts)));
  const orders = numberOrders(
    numbers.map((at) => parts[at]!.length),
    month >= 0,
    parts[numbers[0]! + 1] ?? '',
  );
  if (orders === null) return null;
  const last = Math.max(month, ...numbers);
  const first = isWeekday(parts) ? 0 : -1;
  const isStray = (part: string, at: number) =>
    WORD.test(part) && at !== month && at !== first && (at < numbers[0]! || (at > last && part.length > MOST_TRAILING));
  if (parts.some(isStray)) return null;
  return orders.map((tokens) =>
    parts
      .map((part, at) => {
        if (at === month) return 'MMM';
        if (at === first) return 'EEE';
        return tokens[numbers.indexOf(at)] ?? (WORD.test(part) ? `'${part}'` : part);
      })
      .join(''),
  );
}

/** What the numbers of a date may be, by how many digits they have. Null if they make no date. */
function numberOrders(digits: readonly number[], hasMonth: boolean, mark: string): string[][] | null {
  const years = digits.filter((count) => count === 4).length;
  if (years > 1 || digits.some((count) => count === 3 || count > 4)) return null;
  const [first, , third] = digits;
  if (hasMonth) {
    if (digits.length !== 2) return null;
    if (years === 1) return first === 4 ? [['yyyy', 'd']] : [['d', 'yyyy']];
    return digits[1] === 2 ? [['d', 'yy']] : null;
  }
  if (digits.length !== 3) return null;
  if (first === 4) return [['yyyy', 'M', 'd']];
  if (third === 4)
    return [
      ['d', 'M', 'yyyy'],
      ['M', 'd', 'yyyy'],
    ];
  if (years > 0 || third !== 2) return null;
  return [['d', 'M', 'yy'], ['M', 'd', 'yy'], ...(first === 2 && mark.trim() === '-' ? [['yy', 'M', 'd']] : [])];
}

function isWeekday([first = '', mark = '']: readonly string[]): boolean {
  return /^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)$/.test(first) && mark !== '';
}

function timeFormat([
  ,
  t,
  before = '',
  ,
  colon,
  ,
  seconds,
  fraction,
  noon,
  word,
  blank,
  zone,
]: RegExpExecArray): string {
  const mark = colon!.toLowerCase() === 'h' ? `'${colon}'` : colon!;
  const begin = t === undefined ? before.replace(/\p{L}+/gu, "'$&'") : "'T'";
  const end = `${seconds === undefined ? '' : `${mark}ss`}${fraction === undefined ? '' : `${fraction[0]}u`}`;
  const half = noon === undefined ? '' : noon.startsWith(' ') ? ' a' : 'a';
  const offset = zone === undefined ? '' : `${blank}${zone.includes(':') ? 'ZZ' : 'ZZZ'}`;
  const behind = word === undefined ? '' : word.replace(/\p{L}+/u, "'$&'");
  return `${begin}${noon === undefined ? 'H' : 'h'}${mark}mm${end}${half}${behind}${offset}`;
}

/** Where hours go to 12, the month comes first. */
function americanFirst(formats: readonly string[]): string[] {
  return [...formats].sort((a, b) => Number(b.startsWith('M')) - Number(a.startsWith('M')));
}

function reads(text: string): (format: string) => boolean {
  return (format) => dateFormatFault(format) === null && typeof dateParser(format)(text) === 'number';
}
