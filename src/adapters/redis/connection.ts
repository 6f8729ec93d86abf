import { Cluster, Redis } from 'ioredis';
import { describe, RedisError, redisFault } from './errors';
import { RedisKeys } from './keys';
import { evictionWarning } from './memory-policy';
import { type RedisSettings, redisEndpoints } from './settings';

export interface RedisEvents {
  /** The connection came up (true) or went down (false). Told once per change. */
  dependency(up: boolean, reason: string): void;
  /** Something about this Redis that a person should change, one sentence. */
  warning(message: string): void;
}

export type RedisClient = Redis | Cluster;

const DEFAULT_COMMAND_TIMEOUT_MS = 2000;
const RETRIES_PER_REQUEST = 2;
const SLOWEST_RECONNECT_MS = 2000;

/** One connection to a Redis or a Redis Cluster, opened with the first call. */
export class RedisConnection {
  readonly keys: RedisKeys;
  private readonly client: RedisClient;
  private readonly secrets: readonly string[];
  private readonly deadlineMs: number;
  private up: boolean | null = null;
  private lastFault = 'connection closed';
  private closed = false;

  /** Throws {@link RedisError} 'redis-url'. */
  constructor(
    settings: RedisSettings,
    private readonly events: RedisEvents,
  ) {
    this.keys = new RedisKeys(settings.keyPrefix);
    const endpoints = redisEndpoints(settings);
    this.secrets = endpoints.flatMap(({ password }) => password ?? []);
    const commandTimeoutMs = settings.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS;
    // ioredis bounds a command once it is sent to a node; a cluster without any node would keep it for ever.
    this.deadlineMs = commandTimeoutMs * (RETRIES_PER_REQUEST + 2);
    const { host, port, db, ...login } = endpoints[0] as (typeof endpoints)[number];
    const options = {
      ...login,
      commandTimeout: commandTimeoutMs,
      maxRetriesPerRequest: RETRIES_PER_REQUEST,
      // A replica that was a master: connect anew, to where the name leads now, and send the command again.
      reconnectOnError: (error: Error) => (error.message.startsWith('READONLY') ? 2 : false),
    } as const;
    this.client =
      (settings.cluster ?? endpoints.length > 1)
        ? new Cluster(
            endpoints.map((endpoint) => ({ host: endpoint.host, port: endpoint.port })),
            { redisOptions: options, lazyConnect: true, clusterRetryStrategy: reconnectDelayMs },
          )
        : new Redis({ ...options, host, port, db, lazyConnect: true, retryStrategy: reconnectDelayMs });
    this.listen();
  }

  /** Runs one call. Rejects with {@link RedisError} only; `what` names its subject. */
  async run<T>(what: string, call: (client: RedisClient) => Promise<T>): Promise<T> {
    if (this.closed) throw new RedisError('redis-refused', `${what}: the connection is closed`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`nothing within ${this.deadlineMs} ms`)), this.deadlineMs);
    });
    try {
      return await Promise.race([call(this.client), late]);
    } catch (error) {
      throw redisFault(what, error, this.secrets);
    } finally {
      clearTimeout(timer);
    }
  }

  /** Waits for what was sent, then closes. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    if (this.client.status === 'ready') await this.client.quit().catch(() => undefined);
    this.client.disconnect();
  }

  private listen(): void {
    this.client.on('error', (error: unknown) => {
      this.lastFault = describe(error, this.secrets).reason || this.lastFault;
    });
    this.client.on('ready', () => {
      this.change(true, 'connected');
      evictionWarning(this.client)
        .then((warning) => warning !== null && this.events.warning(warning))
        // A Redis that does not tell, or is gone again already: nothing to warn of.
        .catch(() => undefined);
    });
    this.client.on('close', () => this.change(false, this.lastFault));
  }

  private change(up: boolean, reason: string): void {
    if (this.up === up || this.closed) return;
    this.up = up;
    this.events.dependency(up, reason);
  }
}

function reconnectDelayMs(attempt: number): number {
  return Math.min(50 * attempt, SLOWEST_RECONNECT_MS);
}
