import { z } from 'zod';
import { flag, list, optional, text, whole } from './kinds';
import { type Setting, settingOf } from './setting';

const setting = settingOf('web');

/** The HTTP side. */
export const WEB = {
  CLV_HTTP_HOST: setting(text.min(1, 'an address'), '127.0.0.1', 'Address that the HTTP server binds to.'),
  CLV_HTTP_PORT: setting(
    z.union([z.literal('auto'), whole(0, 65_535)], 'auto, or a whole number from 0 to 65535'),
    'auto',
    'Port of the HTTP server. auto: 8080, or the next free one if other processes have taken it. 0: any free one. Each process logs its address.',
  ),
  CLV_HTTP_TOKEN: {
    ...setting(
      optional,
      '',
      'Bearer token that callers must send. This one or CLV_HTTP_TOKENS_FILE is required if CLV_HTTP_HOST is not a loopback address.',
    ),
    secret: true,
  },
  CLV_HTTP_TOKENS_FILE: {
    ...setting(
      optional,
      '',
      'File of further tokens: lines of NAME ROLES TOKEN, with the roles read, operate and erase. It is read again when it changes.',
    ),
    secret: true,
  },
  CLV_HTTP_RATE_LIMIT: setting(
    whole(0, 1_000_000),
    '6000',
    'Requests a minute that one address may send; 0 for any number. Health, the page and /openapi.json do not count.',
  ),
  CLV_HTTP_COMPRESSION: setting(flag, 'true', 'true: answers above 1 KB are compressed, if the caller takes it.'),
  CLV_HTTP_CORS_ORIGINS: setting(
    list.pipe(z.array(z.string().regex(/^https?:\/\/[^/\s]+$/, 'origins such as https://shop.example'))),
    '',
    'Origins whose pages may read answers in a browser, separated by commas. Unset: none.',
  ),
} as const satisfies Record<string, Setting<unknown>>;
