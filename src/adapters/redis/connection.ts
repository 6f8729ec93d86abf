import { setTimeout as delay } from 'node:timers/promises';
import { renewAppendOnlyFile } from './append-only-file';
import { createRedisClient, RETRIES_PER_REQUEST, type RedisClient, reconnectDelayMs } from './client';
import { describe, RedisError, redisFault } from './errors';
import { connectionText, type RedisAccess } from './fault-text';
import { RedisKeys } from './keys';
import { evictionWarning } from './memory-policy';
import { type RedisSettings, redisEndpoints } from './settings';

export interface RedisEvents {
  /** The connection came up (true) or went down (false). Called once per change. */
  dependency(up: boolean, reason: string): void;
  /** A setting of this Redis that a person should change, one sentence. */
  warning(message: string): void;
}

export type { RedisClient } from './client';

const DEFAULT_COMMAND_TIMEOUT_MS = 2000;
/** As long as a command waits for Kafka. */
const PATIENCE_MS = 20_000;
const ASKS_AGAIN_AFTER_MS = 250;
/** Interval between checks of the eviction policy: it may change while the program runs. */
const POLICY_CHECK_MS = 30_000;

/** One connection to a Redis or a Redis Cluster, opened with the first call. */
export class RedisConnection {
  readonly keys: RedisKeys;
  private readonly client: RedisClient;
  private readonly access: RedisAccess;
  private readonly deadlineMs: number;
  private up: boolean | null = null;
  private lastFault: string | null = null;
  private closed = false;
  private reopenTimer: NodeJS.Timeout | undefined;
  private readonly policyCheckMs: number;
  private readonly rewritesFile: boolean;
  private policyTimer: NodeJS.Timeout | undefined;
  private policyFault: string | null = null;
  /** Counts connections to nodes, and notes the newest one on which a commit ran. null if this process does not commit. */
  private connects = 0;
  private committedOn: number | null = null;
  private fileIsSettled = false;
  private fileFault: string | null = null;

  /** Throws {@link RedisError} 'redis-url'. */
  constructor(
    settings: RedisSettings,
    private readonly events: RedisEvents,
  ) {
    this.keys = new RedisKeys(settings.keyPrefix);
    const endpoints = redisEndpoints(settings);
    const logins = [...endpoints, settings, settings.sentinel];
    this.access = {
      addresses: endpoints.map(({ host, port }) => `${host}:${port}`),
      secrets: [...new Set(logins.flatMap((login) => login?.password ?? []))],
    };
    const commandTimeoutMs = settings.commandTimeoutMs ?? DEFAULT_COMMAND_TIMEOUT_MS;
    // ioredis limits the time of a command only after it was sent to a node. A cluster without any node would keep it for ever.
    this.deadlineMs = commandTimeoutMs * (RETRIES_PER_REQUEST + 2);
    this.client = createRedisClient(settings, endpoints, commandTimeoutMs);
    this.rewritesFile = settings.rewritesFile ?? true;
    this.policyCheckMs = settings.policyCheckMs ?? POLICY_CHECK_MS;
    this.listen();
  }

  /** Runs one call. Rejects with {@link RedisError} only. `what` names its subject. */
  async run<T>(what: string, call: (client: RedisClient) => Promise<T>): Promise<T> {
    if (this.closed) throw new RedisError('redis-refused', `${what}: the connection is closed`);
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`nothing within ${this.deadlineMs} ms`)), this.deadlineMs);
    });
    try {
      return await Promise.race([call(this.client), late]);
    } catch (error) {
      throw redisFault(what, error, this.access, this.lastFault);
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * Runs one call of a command's long work, which may be sent again without harm. A Redis that does not answer is asked again for
   * {@link PATIENCE_MS}, so that one pause does not end the work of an hour. Rejects as {@link run} does, and at once if there is no
   * Redis at the address.
   */
  async runPatiently<T>(what: string, call: (client: RedisClient) => Promise<T>): Promise<T> {
    const givesUpAtMs = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        return await this.run(what, call);
      } catch (error) {
        const mayAnswer = error instanceof RedisError && error.code === 'redis-outcome-unknown';
        const isAbsent = this.connects === 0 && this.lastFault !== null;
        if (!mayAnswer || isAbsent || this.closed || performance.now() >= givesUpAtMs) throw error;
        await delay(ASKS_AGAIN_AFTER_MS);
      }
    }
  }

  /** Call it after a commit. The first commit on a new connection starts the rewrite of the append-only file in the background. */
  committed(): void {
    if (this.committedOn === this.connects) return;
    this.committedOn = this.connects;
    this.renewAppendOnlyFile();
  }

  /** Waits for the commands already sent, then closes. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    clearInterval(this.policyTimer);
    clearTimeout(this.reopenTimer);
    if (this.client.status === 'ready') await this.client.quit().catch(() => undefined);
    this.client.disconnect();
  }

  private listen(): void {
    this.client.on('error', (error: unknown) => {
      this.lastFault = describe(error, this.access.secrets).reason || this.lastFault;
    });
    const connected = () => {
      this.connects++;
      this.fileIsSettled = false;
    };
    // In a cluster, a node that comes back emits this, and no 'ready'.
    this.client.on('+node', connected);
    this.client.on('ready', () => {
      connected();
      this.lastFault = null;
      this.change(true, 'connected');
      this.checkPolicy();
      clearInterval(this.policyTimer);
      this.policyTimer = setInterval(() => {
        this.checkPolicy();
        if (this.committedOn !== null) this.renewAppendOnlyFile();
      }, this.policyCheckMs).unref();
    });
    this.client.on('close', () => {
      clearInterval(this.policyTimer);
      this.change(false, connectionText(this.lastFault ?? 'connection closed', this.access));
    });
    this.client.on('end', () => this.reopen());
  }

  /**
   * ioredis gives up if a Sentinel's failover message arrives while it asks for the master. Every later command would fail with "Connection
   * is closed".
   */
  private reopen(): void {
    if (this.closed) return;
    this.reopenTimer = setTimeout(() => {
      this.client.connect().catch(() => undefined);
    }, reconnectDelayMs(1));
  }

  /** Warns once per wrong policy, and again if the policy was right in between. */
  private checkPolicy(): void {
    if (this.up !== true || this.closed) return;
    evictionWarning(this.client)
      .then((fault) => {
        if (fault !== null && fault !== this.policyFault) this.events.warning(fault);
        this.policyFault = fault;
      })
      // Redis refuses INFO or is down again: nothing to warn of.
      .catch(() => undefined);
  }

  /** Warns once of a fault that stays. */
  private renewAppendOnlyFile(): void {
    if (!this.rewritesFile || this.fileIsSettled || this.closed) return;
    const at = this.connects;
    renewAppendOnlyFile(this.client)
      .then(({ settled, fault }) => {
        if (this.closed || at !== this.connects) return;
        this.fileIsSettled = settled;
        if (fault !== null && fault !== this.fileFault) this.events.warning(fault);
        if (fault !== null || settled) this.fileFault = fault;
      })
      .catch(() => undefined);
  }

  private change(up: boolean, reason: string): void {
    if (this.up === up || this.closed) return;
    this.up = up;
    this.events.dependency(up, reason);
  }
}
