import { DateTime } from 'luxon';
import { parseIsoTime } from '../../domain/iso-time';

const UNIX = 'unix';
const UNIX_MS = 'unix-ms';
/** The codes of strftime that have a token of their own. */
const STRFTIME: Readonly<Record<string, string>> = {
  ...{ d: 'dd', m: 'MM', Y: 'yyyy', y: 'yy', H: 'HH', I: 'hh', M: 'mm', S: 'ss', f: 'u', p: 'a' },
  ...{ b: 'MMM', B: 'MMMM', a: 'EEE', A: 'EEEE', z: 'ZZZ', Z: 'z' },
};
/** Dates in this shape are suggested a format. `/` leaves open which of day and month comes first. */
const SHAPES: readonly (readonly [shape: RegExp, format: string])[] = [
  [/^\d{4}\d{2}\d{2}$/, 'yyyyMMdd'],
  [/^\d{13}$/, UNIX_MS],
  [/^\d{9,10}$/, UNIX],
  [/^\d{1,2}\.\d{1,2}\.\d{4}\b/, 'd.M.yyyy'],
  [/^\d{1,2}-\d{1,2}-\d{4}\b/, 'd-M-yyyy'],
  [/^\d{4}\/\d{1,2}\/\d{1,2}\b/, 'yyyy/M/d'],
  [/^\d{1,2}\/\d{1,2}\/\d{4}\b/, 'd/M/yyyy'],
];

const SPACE_BEFORE_ZONE = / (?=[+-]\d{2}:?\d{2}$|Z$)/;

/** Reads instants: ISO 8601 always, and then the formats that were given, the first that fits. */
export class DateText {
  private readonly parsers: readonly ((text: string) => number | undefined)[];

  constructor(formats: readonly string[]) {
    this.parsers = formats.map(parserOf);
  }

  /** Whole seconds since 1970. A time without a zone is UTC. Undefined if it is no instant. */
  seconds(text: string): number | undefined {
    const given = text.trim();
    // Shopify and others write a space before the zone.
    let ms = parseIsoTime(given.replace(SPACE_BEFORE_ZONE, ''))?.ms;
    for (let i = 0; ms === undefined && i < this.parsers.length; i++) ms = this.parsers[i]!(given);
    return ms === undefined ? undefined : Math.floor(ms / 1000);
  }
}

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

/** The rest of a message about a text that is no instant: what would read it. */
export function dateAdvice(text: string, formats: readonly string[]): string {
  const given = text.trim();
  if (given === '') return 'a row needs a time';
  if (/^\d{4}-\d{2}-\d{2}/.test(given)) return 'no day or time of the calendar';
  const known = formats.length === 0 ? 'not an ISO 8601 date' : `neither an ISO 8601 date nor ${formats.join(' or ')}`;
  const format = SHAPES.find(([shape]) => shape.test(given))?.[1];
  if (format === undefined || formats.length > 0) return `${known}: give --date-format`;
  const time = / \d{1,2}:\d{2}(:\d{2})?$/.exec(given);
  const whole = time ? `${format} H:mm${time[1] === undefined ? '' : ':ss'}` : format;
  const other = format === 'd/M/yyyy' ? ` or '${whole.replace('d/M', 'M/d')}'` : '';
  return `${known}: give --date-format '${whole}'${other}`;
}

function parserOf(format: string): (text: string) => number | undefined {
  if (format === UNIX) return (text) => epoch(text, 1000);
  if (format === UNIX_MS) return (text) => epoch(text, 1);
  const parser = DateTime.buildFormatParser(tokensOf(format), { locale: 'en' });
  return (text) => {
    const read = DateTime.fromFormatParser(text, parser, { zone: 'utc', locale: 'en' });
    return read.isValid ? read.toMillis() : undefined;
  };
}

function epoch(text: string, msPerUnit: number): number | undefined {
  return /^\d{1,13}(\.\d+)?$/.test(text) ? Math.floor(Number(text) * msPerUnit) : undefined;
}

/** A format in strftime's codes, or with the capitals DD and YYYY that other libraries use, as luxon's tokens. */
function tokensOf(format: string): string {
  if (format.includes('%')) return format.replace(/%-?([a-zA-Z])/g, (code, letter: string) => STRFTIME[letter] ?? code);
  return format.replace(/D/g, 'd').replace(/Y/g, 'y');
}
