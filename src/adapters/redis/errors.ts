import { connectionText, type RedisAccess, refusalText } from './fault-text';

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
 * password and commits with their states. So only name and message are kept, with secrets removed from the message. `last`: what the
 * connection said last, which is the cause of what ioredis says of a command that it could not send.
 */
export function redisFault(what: string, error: unknown, access: RedisAccess, last: string | null = null): RedisError {
  if (error instanceof RedisError) return error;
  const { name, reason } = describe(error, access.secrets);
  const cause = new Error(reason);
  cause.name = name;
  if (name === 'ReplyError') return new RedisError('redis-refused', `${what}: ${refusalText(reason, access)}`, cause);
  // A command that was given up may have been sent before the connection failed.
  const why = last !== null && isGivenUp(name, reason) ? last : reason;
  return new RedisError('redis-outcome-unknown', `${what}: ${connectionText(why, access)}`, cause);
}

export function describe(error: unknown, secrets: readonly string[]): { name: string; reason: string } {
  const { name, message } = error instanceof Error ? error : { name: 'Error', message: String(error) };
  const clean = secrets.reduce((text, secret) => text.replaceAll(secret, '***'), message || codeOf(error));
  return { name, reason: clean.slice(0, LONGEST_REASON) };
}

/** Node gives no message if every address of a name was tried. */
function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

/** ioredis' own words for a command that it gave up, whatever the cause. */
function isGivenUp(name: string, reason: string): boolean {
  return name === 'MaxRetriesPerRequestError' || /^Connection is closed|^Failed to refresh slots/.test(reason);
}
