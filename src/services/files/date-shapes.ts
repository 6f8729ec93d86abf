import { dateFormatFault, dateParser, UNIX, UNIX_MS } from './date-format';

/** How a date part is written. `/` and `-` leave open which of day and month comes first. */
const DATES: readonly (readonly [shape: RegExp, ...formats: string[]])[] = [
  [/^\d{4}-\d{1,2}-\d{1,2}/, 'yyyy-M-d'],
  [/^\d{4}\/\d{1,2}\/\d{1,2}/, 'yyyy/M/d'],
  [/^\d{4}\.\d{1,2}\.\d{1,2}/, 'yyyy.M.d'],
  [/^\d{1,2}\.\d{1,2}\.\d{4}/, 'd.M.yyyy', 'M.d.yyyy'],
  [/^\d{1,2}\/\d{1,2}\/\d{4}/, 'd/M/yyyy', 'M/d/yyyy'],
  [/^\d{1,2}-\d{1,2}-\d{4}/, 'd-M-yyyy', 'M-d-yyyy'],
  [/^\d{1,2}\.\d{1,2}\.\d{2}(?!\d)/, 'd.M.yy', 'M.d.yy'],
  [/^\d{1,2}\/\d{1,2}\/\d{2}(?!\d)/, 'd/M/yy', 'M/d/yy'],
  [/^\d{8}(?!\d)/, 'yyyyMMdd'],
  [/^\d{1,2} [a-z]{3} \d{4}/i, 'd MMM yyyy'],
  [/^\d{1,2}-[a-z]{3}-\d{4}/i, 'd-MMM-yyyy'],
  [/^\d{1,2} [a-z]{4,9} \d{4}/i, 'd MMMM yyyy'],
  [/^[a-z]{3} \d{1,2}, \d{4}/i, 'MMM d, yyyy'],
  [/^[a-z]{3,9} \d{1,2}, \d{4}/i, 'MMMM d, yyyy'],
  [/^[a-z]{3}, \d{1,2} [a-z]{3} \d{4}/i, 'EEE, d MMM yyyy'],
];
const TIME = /^(?:(T)| )\d{1,2}:\d{2}(:\d{2})?([.]\d+)?( ?[ap]m)?( ?)([+-]\d{2}:\d{2}|[+-]\d{4})?$/i;

/**
 * The formats that read a text, the likeliest first. Null if its form is not known, empty if it is and there is no such day or time. With `/`
 * the day comes first, unless the text has am or pm.
 */
export function formatsOf(text: string): string[] | null {
  if (/^\d{13}$/.test(text)) return [UNIX_MS];
  if (/^\d{9,10}$/.test(text)) return [UNIX];
  if (/^\d{14}$/.test(text)) return ['yyyyMMddHHmmss'].filter(reads(text));
  for (const [shape, ...formats] of DATES) {
    const date = shape.exec(text)?.[0];
    if (date === undefined) continue;
    const time = timeFormat(text.slice(date.length));
    if (time === null) return null;
    const whole = formats.map((format) => `${format}${time}`).filter(reads(text));
    return time.endsWith('a') ? whole.reverse() : whole;
  }
  return null;
}

/** Null: no time of day. */
function timeFormat(text: string): string | null {
  if (text === '') return '';
  const found = TIME.exec(text);
  if (found === null) return null;
  const [, t, seconds, fraction, noon, blank, zone] = found;
  const begin = t === undefined ? ' ' : "'T'";
  const end = `${seconds === undefined ? '' : ':ss'}${fraction === undefined ? '' : '.u'}`;
  const half = noon === undefined ? '' : noon.startsWith(' ') ? ' a' : 'a';
  const offset = zone === undefined ? '' : `${blank}${zone.includes(':') ? 'ZZ' : 'ZZZ'}`;
  return `${begin}${noon === undefined ? 'H' : 'h'}:mm${end}${half}${offset}`;
}

function reads(text: string): (format: string) => boolean {
  return (format) => dateFormatFault(format) === null && typeof dateParser(format)(text) === 'number';
}
