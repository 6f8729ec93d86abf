import { parseIsoTime } from '../../../domain/iso-time';
import type { Schema } from '../schemas/schema';
import { HttpError } from './errors';

const EPOCH_SECONDS = /^\d{1,11}$/;

/** The schema of a parameter that names a time. The pattern lets through some days that the calendar does not have. */
export const INSTANT_PARAMETER: Schema = {
  type: 'string',
  description: 'A time: ISO 8601, or seconds since the epoch.',
  pattern: '^(\\d{1,11}|\\d{4}-\\d{2}-\\d{2}.*)$',
};

/** Seconds since the epoch; undefined if the parameter is absent. Throws CLV_HTTP_BAD_REQUEST for text that names no time. */
export function readInstant(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (EPOCH_SECONDS.test(text)) return Number(text);
  const time = parseIsoTime(text);
  if (time === undefined)
    throw new HttpError('CLV_HTTP_BAD_REQUEST', `${name} must be ISO 8601 or seconds since the epoch`);
  return Math.floor(time.ms / 1000);
}
