import { z } from 'zod';
import { currencyCode, EXPECTED_CURRENCY } from '../../domain/currency';

/** The kinds of values that settings have. Each reads the text of a variable. */

export const text = z.string().trim();
export const currency = text
  .refine((value) => currencyCode(value) !== undefined, EXPECTED_CURRENCY)
  .transform((value) => currencyCode(value)!);
export const optional = text.transform((value) => (value === '' ? null : value));
export const whole = (least: number, most: number) =>
  text
    .regex(/^-?\d+$/, `a whole number from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.number().min(least, `at least ${least}`).max(most, `at most ${most}`));
export const real = (least: number, most: number) =>
  text
    .regex(/^-?\d+(\.\d+)?(e-?\d+)?$/i, `a number from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.number().min(least, `at least ${least}`).max(most, `at most ${most}`));
export const flag = z.enum(['true', 'false'], 'true or false').transform((value) => value === 'true');
export const list = text.transform((value) =>
  value
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== ''),
);
export const brokers = list.pipe(
  z.array(z.string().regex(/^[^\s:]+:\d+$|^\[[^\]]+\]:\d+$/, 'host:port, separated by commas')),
);
export const topic = text.regex(/^[a-zA-Z0-9._-]{1,249}$/, 'a topic name: letters, digits, dot, underscore, hyphen');
export const name = text.regex(/^[a-zA-Z0-9._-]{1,64}$/, 'letters, digits, dot, underscore, hyphen; at most 64');
export const redisUrl = optional.pipe(
  z
    .string()
    .regex(/^rediss?:\/\//, 'redis://host:port or rediss://host:port, several separated by commas for a cluster')
    .nullable(),
);
export const oneOf = <const T extends readonly [string, ...string[]]>(...values: T) =>
  z.enum(values, `one of ${values.join(', ')}`);
export const instant = text
  .refine((value) => value === '' || !Number.isNaN(Date.parse(value)), 'an instant such as 2026-01-31T00:00:00Z')
  .transform((value) => (value === '' ? null : Math.floor(Date.parse(value) / 1000)));
export const lossPolicy = oneOf('halt', 'continue');
