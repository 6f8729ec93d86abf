export type RedisErrorCode =
  /** REDIS_URL can't be read. */
  | 'redis-url'
  /** No answer: what was asked may or may not have happened. */
  | 'redis-outcome-unknown'
  /** Redis answered with an error; what was asked did not happen. */
  | 'redis-refused'
  /** Redis holds what this program did not write. */
  | 'redis-content'
  /** Redis holds a part of a commit. */
  | 'redis-torn';

/** A fault of Redis with a name. Message and cause hold neither passwords nor the values of a command. */
export class RedisError extends Error {
  override readonly name = 'RedisError';

  constructor(
    readonly code: RedisErrorCode,
    message: string,
    cause?: Error,
  ) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

const LONGEST_REASON = 200;

/**
 * The fault of one call as a {@link RedisError}. ioredis hangs the whole command on its errors, AUTH with its password and commits
 * with their states among them; only name and message are kept, and of the message no secret.
 */
export function redisFault(what: string, error: unknown, secrets: readonly string[]): RedisError {
  if (error instanceof RedisError) return error;
  const { name, reason } = describe(error, secrets);
  const cause = new Error(reason);
  cause.name = name;
  return name === 'ReplyError'
    ? new RedisError('redis-refused', `${what}: Redis refused: ${reason}${modeHint(reason)}`, cause)
    : new RedisError('redis-outcome-unknown', `${what}: no answer from Redis: ${reason}`, cause);
}

/** The next step where the address leads to another kind of Redis than the settings say. */
function modeHint(reason: string): string {
  if (/^(MOVED|ASK) /.test(reason)) return '. This is a node of a Redis Cluster: set REDIS_MODE=cluster';
  if (/^ERR unknown command/.test(reason)) {
    return '. If the address is a Sentinel, set REDIS_MODE=sentinel and REDIS_SENTINEL_MASTER';
  }
  return '';
}

export function describe(error: unknown, secrets: readonly string[]): { name: string; reason: string } {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  const clean = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), message);
  return { name, reason: clean.slice(0, LONGEST_REASON) };
}
