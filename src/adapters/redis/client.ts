import { Cluster, Redis } from 'ioredis';
import { type RedisEndpoint, type RedisSettings, redisMode } from './settings';

export type RedisClient = Redis | Cluster;

export const RETRIES_PER_REQUEST = 2;
const SLOWEST_RECONNECT_MS = 2000;

/** A client of one Redis, of a Redis Cluster, or of the master behind Sentinels. It connects with its first command. */
export function createRedisClient(
  settings: RedisSettings,
  endpoints: readonly RedisEndpoint[],
  commandTimeoutMs: number,
): RedisClient {
  const { host, port, db, ...login } = endpoints[0] as RedisEndpoint;
  const options = {
    ...login,
    commandTimeout: commandTimeoutMs,
    maxRetriesPerRequest: RETRIES_PER_REQUEST,
    // The node was a master and is now a replica: connect again, to the current master, and resend the command.
    reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 2 : false),
  } as const;
  switch (redisMode(settings)) {
    case 'single':
      return new Redis({ ...options, host, port, db, lazyConnect: true, retryStrategy: reconnectDelayMs });
    case 'cluster':
      return new Cluster(
        endpoints.map((endpoint) => ({ host: endpoint.host, port: endpoint.port })),
        { redisOptions: options, lazyConnect: true, clusterRetryStrategy: reconnectDelayMs },
      );
    case 'sentinel': {
      const { sentinel, username, password } = settings;
      const { tls } = login;
      return new Redis({
        commandTimeout: options.commandTimeout,
        maxRetriesPerRequest: options.maxRetriesPerRequest,
        reconnectOnError: options.reconnectOnError,
        db,
        sentinels: endpoints.map((endpoint) => ({ host: endpoint.host, port: endpoint.port })),
        name: sentinel?.master ?? '',
        role: 'master',
        // A frozen master closes no connection. The Sentinels' failover message ends it.
        failoverDetector: true,
        sentinelCommandTimeout: commandTimeoutMs,
        sentinelRetryStrategy: reconnectDelayMs,
        retryStrategy: reconnectDelayMs,
        lazyConnect: true,
        ...(username === undefined ? {} : { username }),
        ...(password === undefined ? {} : { password }),
        ...(login.username === undefined ? {} : { sentinelUsername: login.username }),
        ...(login.password === undefined ? {} : { sentinelPassword: login.password }),
        ...(tls === undefined ? {} : { tls, sentinelTLS: tls, enableTLSForSentinelMode: true }),
      });
    }
  }
}

/** attempt counts from 1. */
export function reconnectDelayMs(attempt: number): number {
  return Math.min(50 * attempt, SLOWEST_RECONNECT_MS);
}
