import { InvalidArgumentError } from 'commander';
import type { BackendPreference } from '../../adapters/tensorflow/backend';
import { isoInstantMs } from '../../domain/iso-instant';

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

/** A day as YYYY-MM-DD, returned as its midnight UTC in seconds since the epoch. */
export function isoDate(text: string): number {
  const ms = text.length === 'YYYY-MM-DD'.length ? isoInstantMs(text) : undefined;
  if (ms === undefined) throw new InvalidArgumentError('expected a date as YYYY-MM-DD');
  return ms / 1000;
}
