export type RedisErrorCode =
  /** REDIS_URL can't be parsed. */
  | 'redis-url'
  /** No answer: the command may or may not have run. */
  | 'redis-outcome-unknown'
  /** Redis answered with an error. The command did not run. */
  | 'redis-refused'
  /** Redis holds data that this program did not write. */
  | 'redis-content'
  /** Redis holds a part of a commit. */
  | 'redis-torn';

/** A fault of Redis with a code. Message and cause contain neither passwords nor the values of a command. */
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
 * Converts the error of one call to a {@link RedisError}. ioredis attaches the whole command to its errors, including AUTH with its
 * password and commits with their states. So only name and message are kept, with secrets removed from the message.
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

/** The next step if the address leads to another kind of Redis than the settings name. */
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
