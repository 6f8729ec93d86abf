import type { ConnectionOptions } from 'node:tls';
import { RedisError } from './errors';

export interface RedisSettings {
  /** redis://, or rediss:// for TLS: of a single Redis, of the first nodes of a cluster, or of Sentinels. */
  readonly urls: readonly string[];
  /** Default: single for one URL, cluster for several. */
  readonly mode?: RedisMode;
  /** In mode 'sentinel': the name of the master that the Sentinels watch, and the Sentinels' own login. */
  readonly sentinel?: { readonly master: string; readonly username?: string; readonly password?: string };
  /** Login at Redis if the URLs contain none. In mode 'sentinel' the only login at Redis, because the URLs are those of the Sentinels. */
  readonly username?: string;
  readonly password?: string;
  /** Certificate authority, PEM. If absent, the system's. */
  readonly ca?: string;
  /** First part of every key. Default 'clv'. */
  readonly keyPrefix?: string;
  /** Milliseconds without an answer after which a command has an unknown outcome. Default 2,000. */
  readonly commandTimeoutMs?: number;
  /** Whether to rewrite the append-only file after a start of Redis (append-only-file.ts). Default true. */
  readonly rewritesFile?: boolean;
  /** Milliseconds between checks of maxmemory-policy and of a pending rewrite of the append-only file. Default 30,000. */
  readonly policyCheckMs?: number;
}

export type RedisMode = 'single' | 'cluster' | 'sentinel';

export function redisMode({ mode, urls }: RedisSettings): RedisMode {
  return mode ?? (urls.length > 1 ? 'cluster' : 'single');
}

export interface RedisEndpoint {
  readonly host: string;
  readonly port: number;
  readonly db: number;
  readonly username?: string;
  readonly password?: string;
  readonly tls?: ConnectionOptions;
}

const DEFAULT_PORT = 6379;

/** Parses the URLs. Throws {@link RedisError} 'redis-url' without quoting them, because they may contain a password. */
export function redisEndpoints(settings: RedisSettings): RedisEndpoint[] {
  if (settings.urls.length === 0) throw new RedisError('redis-url', 'no Redis URL is set; set REDIS_URL');
  return settings.urls.map((text, i) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    const db = Number(url?.pathname.replace(/^\//, '') ?? '');
    const isValid = url !== null && ['redis:', 'rediss:'].includes(url.protocol) && url.hostname !== '';
    if (!isValid || !Number.isInteger(db)) {
      throw new RedisError(
        'redis-url',
        `Redis URL ${i + 1} is not of the form redis[s]://[user:password@]host[:port][/db]`,
      );
    }
    const login = redisMode(settings) === 'sentinel' ? settings.sentinel : settings;
    const username = decodeURIComponent(url.username) || login?.username;
    const password = decodeURIComponent(url.password) || login?.password;
    return {
      // Only a URL has an IPv6 address in brackets.
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? DEFAULT_PORT : Number(url.port),
      db,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(url.protocol === 'rediss:' ? { tls: settings.ca === undefined ? {} : { ca: settings.ca } } : {}),
    };
  });
}
