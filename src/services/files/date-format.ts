import { DateTime } from 'luxon';
import { withEnglishNames } from './month-names';

/**
 * Numbers since 1970 by their unit: how many make a millisecond, and which sizes they have from 1973 to 5138. A number of another size is one
 * of another unit: as it stands, it would be a day of 1970 or of the year 50000.
 */
const EPOCHS = {
  unix: { perMs: 1e-3, least: 0, below: 1e11 },
  'unix-ms': { perMs: 1, least: 1e11, below: 1e14 },
  'unix-us': { perMs: 1e3, least: 1e14, below: 1e17 },
  'unix-ns': { perMs: 1e6, least: 1e17, below: 1e20 },
} as const;
type Epoch = keyof typeof EPOCHS;
/** Day and month by name, in any length, with the point of a short name. */
const NAMES = /(?:M{3,4}|L{3,4})\.?|(?:E{3,4}|c{3,4})\.?/g;
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
  if (isEpoch(format)) return null;
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
  if (isEpoch(format))
    return (text) => (epochOf(text) === format ? Math.floor(Number(text) / EPOCHS[format].perMs) : undefined);
  const tokens = tokensOf(format);
  const parser = DateTime.buildFormatParser(tokens, { locale: 'en' });
  const hasNames = /MMM|EEE/.test(tokens);
  return (text) => {
    const read = DateTime.fromFormatParser(hasNames ? withEnglishNames(text) : text, parser, {
      zone: 'utc',
      locale: 'en',
    });
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

/** The format of a number since 1970, by its size. Null for other texts. */
export function epochOf(text: string): Epoch | null {
  if (!/^\d{1,20}(\.\d*)?$/.test(text)) return null;
  const value = Number(text);
  const [name] = Object.entries(EPOCHS).find(([, { least, below }]) => value >= least && value < below) ?? [];
  return (name as Epoch | undefined) ?? null;
}

function isEpoch(format: string): format is Epoch {
  return format in EPOCHS;
}

/** A format in strftime's codes, or with the capitals DD and YYYY that other libraries use, as luxon's tokens. */
function tokensOf(format: string): string {
  const plain = format.trim().replace(/\s+/g, ' ');
  if (plain.includes('%')) {
    const codes = plain.replace(/%-?([a-zA-Z])/g, (code, letter: string) => STRFTIME[letter] ?? code);
    return withShortNames(codes);
  }
  return outsideQuotes(plain, (part) => withShortNames(part.replace(/D/g, 'd').replace(/Y/g, 'y')));
}

/** Names are looked up in many languages and lengths, and read as English short ones. */
function withShortNames(tokens: string): string {
  return tokens.replace(NAMES, (name) => (/^[ML]/.test(name) ? 'MMM' : 'EEE'));
}

function outsideQuotes(format: string, change: (part: string) => string): string {
  return format
    .split("'")
    .map((part, i) => (i % 2 === 0 ? change(part) : part))
    .join("'");
}
