/** Calendar dates and instants as text. A day that the calendar does not have is none: 30 February is not 2 March. */

const ISO =
  /^(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?)?(?: ?(Z|[+-]\d{2}(?::?\d{2})?))?$/;
const DAYS_OF_MONTH = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const MS_PER_MINUTE = 60_000;

/**
 * ISO 8601 text, with a space in place of the T allowed, as milliseconds since 1970. A time without a zone is UTC, a date alone is its
 * midnight UTC. Undefined if the text has another form, or names a day or a time of day that does not exist.
 */
export function isoInstantMs(text: string): number | undefined {
  const match = ISO.exec(text);
  if (!match) return undefined;
  const [, year, month, day, hour = '00', minute = '00', second = '00', fraction = '', zone = 'Z'] = match;
  if (zone !== 'Z' && match[4] === undefined) return undefined;
  if (!isCalendarDay(Number(year), Number(month), Number(day))) return undefined;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const ms = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const offsetMinutes = zoneMinutes(zone);
  if (offsetMinutes === undefined) return undefined;
  return ms + Math.floor(Number(`0.${fraction || 0}`) * 1000) - offsetMinutes * MS_PER_MINUTE;
}

/** Whether the Gregorian calendar has that day. Month and day count from 1. */
export function isCalendarDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = month === 2 && (year % 400 === 0 || (year % 4 === 0 && year % 100 !== 0));
  return day <= (leap ? 29 : DAYS_OF_MONTH[month - 1]!);
}

function zoneMinutes(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(':', '') || 0)];
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}
