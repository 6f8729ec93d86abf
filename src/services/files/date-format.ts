import { DateTime } from 'luxon';

export const UNIX = 'unix';
export const UNIX_MS = 'unix-ms';
/** The codes of strftime that have a token of their own. */
const STRFTIME: Readonly<Record<string, string>> = {
  ...{ d: 'dd', m: 'MM', Y: 'yyyy', y: 'yy', H: 'HH', I: 'hh', M: 'mm', S: 'ss', f: 'u', p: 'a' },
  ...{ b: 'MMM', B: 'MMMM', a: 'EEE', A: 'EEEE', z: 'ZZZ', Z: 'z' },
};
/** Day and month as numbers, with no letter beside them. */
const DAY_OR_MONTH = /(?<![a-zA-Z])(?:d{1,2}|D{1,2}|M{1,2})(?![a-zA-Z])/g;
const DAY_OR_MONTH_CODE = /%-?[dm]/g;

/** Milliseconds since 1970. 'impossible': the text has the form, and there is no such day or time. Undefined: it has another form. */
export type DateReading = number | 'impossible' | undefined;

/** What is wrong with a format: null if nothing. */
export function dateFormatFault(format: string): string | null {
  if (format === UNIX || format === UNIX_MS) return null;
  const tokens = tokensOf(format);
  const sample = DateTime.fromMillis(0, { zone: 'utc', locale: 'en' });
  const hasDay = /d/.test(tokens) && /[ML]/.test(tokens) && /y/.test(tokens);
  if (!hasDay && !/o/.test(tokens)) return 'it names no day, month and year, as dd.MM.yyyy does';
  return DateTime.fromFormat(sample.toFormat(tokens), tokens, { zone: 'utc', locale: 'en' }).isValid
    ? null
    : `${format} can't be read back`;
}

/** Reads texts of a format. A time without a zone is UTC. */
export function dateParser(format: string): (text: string) => DateReading {
  if (format === UNIX) return (text) => epoch(text, 1000);
  if (format === UNIX_MS) return (text) => epoch(text, 1);
  const parser = DateTime.buildFormatParser(tokensOf(format), { locale: 'en' });
  return (text) => {
    const read = DateTime.fromFormatParser(text, parser, { zone: 'utc', locale: 'en' });
    if (read.isValid) return read.toMillis();
    return read.invalidReason === 'unparsable' ? undefined : 'impossible';
  };
}

/** The format with day and month in the other order. Null if it doesn't have both as numbers. */
export function swappedFormat(format: string): string | null {
  const places = format.includes('%') ? DAY_OR_MONTH_CODE : DAY_OR_MONTH;
  const [first, second, ...rest] = format.match(places) ?? [];
  if (first === undefined || second === undefined || rest.length > 0) return null;
  if (/m/i.test(first) === /m/i.test(second)) return null;
  return format.replace(places, (part) => (part === first ? second : first));
}

function epoch(text: string, msPerUnit: number): number | undefined {
  return /^\d{1,13}(\.\d+)?$/.test(text) ? Math.floor(Number(text) * msPerUnit) : undefined;
}

/** A format in strftime's codes, or with the capitals DD and YYYY that other libraries use, as luxon's tokens. */
function tokensOf(format: string): string {
  if (format.includes('%')) return format.replace(/%-?([a-zA-Z])/g, (code, letter: string) => STRFTIME[letter] ?? code);
  return format.replace(/D/g, 'd').replace(/Y/g, 'y');
}
