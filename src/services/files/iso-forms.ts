import { DateTime } from 'luxon';
import type { DateReading } from './date-format';

const TIME = String.raw`\d{2}(?::?\d{2}(?::?\d{2}(?:[.,]\d+)?)?)?`;
/** Without marks, by week and day, by the day of the year, and with the hour alone. A date of 8 digits alone could be any number. */
const FORMS = [String.raw`\d{8}T${TIME}`, String.raw`\d{4}-?W\d{2}-?[1-7](?:T${TIME})?`];
const OTHERS = [String.raw`\d{4}-\d{3}(?:T${TIME})?`, String.raw`\d{4}-\d{2}-\d{2}[T ]\d{2}`];
const OTHER_ISO = new RegExp(`^(?:${[...FORMS, ...OTHERS].join('|')})(?:Z|[+-]\\d{2}(?::?\\d{2})?)?$`);

/** Reads the forms of ISO 8601 besides calendar dates with marks: 20240103T100000Z, 2024-W01-3, 2024-003, 2024-01-03T10. */
export function otherIso(text: string): DateReading {
  if (!OTHER_ISO.test(text)) return undefined;
  const read = DateTime.fromISO(text.replace(' ', 'T'), { zone: 'utc' });
  return read.isValid ? read.toMillis() : 'impossible';
}
