import { InvalidArgumentError } from 'commander';
import type { BackendPreference } from '../../adapters/tensorflow/backend';
import { currencyCode, EXPECTED_CURRENCY } from '../../domain/currency';
import { parseIsoTime } from '../../domain/iso-time';

/** Parsers of command options. The error of each names the values that it accepts. */
export function positiveNumber(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError('expected a number above 0');
  return value;
}

export function positiveInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 1) throw new InvalidArgumentError('expected a whole number above 0');
  return value;
}

export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || value < 0) throw new InvalidArgumentError('expected a whole number, 0 or more');
  return value;
}

/** Above 0, at most 1. */
export function shareOf(text: string): number {
  const value = Number(text);
  if (!(value > 0 && value <= 1)) throw new InvalidArgumentError('expected a share above 0, at most 1');
  return value;
}

/** `max` for as fast as possible, or a positive number. */
export function speed(text: string): number {
  return text === 'max' ? Number.POSITIVE_INFINITY : positiveNumber(text);
}

export function backendName(text: string): BackendPreference {
  if (text !== 'auto' && text !== 'native' && text !== 'wasm') {
    throw new InvalidArgumentError('expected auto, native or wasm');
  }
  return text;
}

/** An ISO 4217 code in any case, returned in upper case. */
export function currencyOption(text: string): string {
  const code = currencyCode(text);
  if (code === undefined) throw new InvalidArgumentError(`expected ${EXPECTED_CURRENCY}`);
  return code;
}

/** An ISO 8601 instant, or a day for its midnight UTC, returned as ms since the epoch. */
export function isoInstant(text: string): number {
  const time = parseIsoTime(text);
  if (!time?.isInstant) {
    throw new InvalidArgumentError('expected an instant such as 2026-11-27T08:00:00Z, with its zone');
  }
  return time.ms;
}

/** A day as YYYY-MM-DD, returned as its midnight UTC in seconds since the epoch. */
export function isoDate(text: string): number {
  const day = /^\d{4}-\d{2}-\d{2}$/.test(text) ? parseIsoTime(text) : undefined;
  if (day === undefined) throw new InvalidArgumentError('expected a date of the calendar as YYYY-MM-DD');
  return day.ms / 1000;
}
