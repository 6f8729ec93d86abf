/** A time as ISO 8601 text. */
export interface IsoTime {
  /** Milliseconds since 1970; as UTC if the text has no zone. */
  readonly ms: number;
  /** False for a time of day without a zone: which instant it means would depend on where it is read. */
  readonly isInstant: boolean;
}

const ISO_TIME =
  /^(\d{4})-(\d{2})-(\d{2})(?:Z|[T ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d+))?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/;

/**
 * Reads a date, or a date and time, as ISO 8601. A date alone is its midnight in UTC. undefined for other text, and for a day that the
 * calendar does not have: JavaScript's own parser takes 30 February for 2 March.
 */
export function parseIsoTime(text: string): IsoTime | undefined {
  const read = readIso(text);
  return read !== undefined && 'ms' in read ? read : undefined;
}

/** What does not exist of a text that has the form of ISO 8601: "there is no day 2026-02-30". undefined if it has another form, or exists. */
export function isoMistake(text: string): string | undefined {
  const read = readIso(text);
  return read !== undefined && 'missing' in read ? read.missing : undefined;
}

function readIso(text: string): IsoTime | { readonly missing: string } | undefined {
  const found = ISO_TIME.exec(text);
  if (found === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '', zone] = found;
  const [h, m, s] = [Number(hour), Number(minute), Number(second)];
  const isMidnightAfter = h === 24 && m === 0 && s === 0;
  if ((h > 23 && !isMidnightAfter) || m > 59 || s > 59) {
    return { missing: `there is no time of day ${text.slice(11, found[6] === undefined ? 16 : 19)}` };
  }
  const offsetMinutes = zone === undefined ? 0 : zoneMinutes(zone);
  if (offsetMinutes === undefined) return { missing: `there is no zone ${zone}` };
  // setUTCFullYear takes the years 0 to 99 as they are; Date.UTC would move them to the 20th century.
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) {
    return { missing: `there is no day ${text.slice(0, 10)}` };
  }
  const milliseconds = Number(fraction.padEnd(3, '0').slice(0, 3));
  const ms = date.getTime() + (h * 3600 + (m - offsetMinutes) * 60 + s) * 1000 + milliseconds;
  return { ms, isInstant: found[4] === undefined || zone !== undefined };
}

/** Minutes that a zone is ahead of UTC. undefined if no zone is so far. */
function zoneMinutes(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  // Databases write whole hours without minutes: +02.
  const minutes = zone.length === 3 ? 0 : Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone[0] === '-' ? -1 : 1) * (hours * 60 + minutes);
}
