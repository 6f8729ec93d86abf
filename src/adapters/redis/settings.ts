import type { ConnectionOptions } from 'node:tls';
import { RedisError } from './errors';

export interface RedisSettings {
  /** redis:// or, with TLS, rediss://: of Redis, of the first nodes of a cluster, or of Sentinels. */
  readonly urls: readonly string[];
  /** Default: one URL is a single Redis, several are a cluster. */
  readonly mode?: RedisMode;
  /** In mode 'sentinel': the name of the master that the Sentinels watch, and the Sentinels' own login. */
  readonly sentinel?: { readonly master: string; readonly username?: string; readonly password?: string };
  /** Login at Redis, where the URLs do not say; in mode 'sentinel' the only one, since the URLs are the Sentinels'. */
  readonly username?: string;
  readonly password?: string;
  /** Certificate authority, PEM; absent: the system's. */
  readonly ca?: string;
  /** First part of every key. Default 'clv'. */
  readonly keyPrefix?: string;
  /** A command unanswered for so long has an unknown outcome. Default 2,000. */
  readonly commandTimeoutMs?: number;
  /** Whether an append-only file is to be written anew after a start (append-only-file.ts). Default true. */
  readonly rewritesFile?: boolean;
  /** How often maxmemory-policy, and a file that is to be written anew, are looked at. Default 30,000. */
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

/** Reads the URLs. Throws {@link RedisError} 'redis-url', which does not quote them: they may hold a password. */
export function redisEndpoints(settings: RedisSettings): RedisEndpoint[] {
  if (settings.urls.length === 0) throw new RedisError('redis-url', 'no Redis URL is given');
  return settings.urls.map((text, i) => {
    const url = URL.canParse(text) ? new URL(text) : null;
    const db = Number(url?.pathname.replace(/^\//, '') ?? '');
    const known = url !== null && ['redis:', 'rediss:'].includes(url.protocol) && url.hostname !== '';
    if (!known || !Number.isInteger(db)) {
      throw new RedisError(
        'redis-url',
        `Redis URL ${i + 1} is not of the form redis[s]://[user:password@]host[:port][/db]`,
      );
    }
    const login = redisMode(settings) === 'sentinel' ? settings.sentinel : settings;
    const username = decodeURIComponent(url.username) || login?.username;
    const password = decodeURIComponent(url.password) || login?.password;
    return {
      // An IPv6 address stands in brackets in a URL only.
      host: url.hostname.replace(/^\[|\]$/g, ''),
      port: url.port === '' ? DEFAULT_PORT : Number(url.port),
      db,
      ...(username === undefined ? {} : { username }),
      ...(password === undefined ? {} : { password }),
      ...(url.protocol === 'rediss:' ? { tls: settings.ca === undefined ? {} : { ca: settings.ca } } : {}),
    };
  });
}
