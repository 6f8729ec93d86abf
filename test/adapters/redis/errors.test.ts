import { inspect } from 'node:util';
import { RedisError, redisFault } from '../../../src/adapters/redis/errors';

/** As ioredis makes it: the command, arguments and all, hangs on the error. */
function replyError(message: string): Error {
  const error = new Error(message);
  error.name = 'ReplyError';
  return Object.assign(error, { command: { name: 'auth', args: ['user', 'hunter2'] } });
}

test('an answer of Redis is a refusal, anything else an unknown outcome', () => {
  expect(redisFault('commit', replyError('OOM command not allowed'), []).code).toBe('redis-refused');
  expect(redisFault('commit', new Error('Command timed out'), []).code).toBe('redis-outcome-unknown');
  expect(redisFault('commit', 'gone', []).code).toBe('redis-outcome-unknown');
});

test('the cause is the error by name and message alone, cut to 200 characters', () => {
  const { cause } = redisFault('commit', replyError(`OOM ${'x'.repeat(300)}`), []);
  expect(cause).toMatchObject({ name: 'ReplyError', message: `OOM ${'x'.repeat(196)}` });
  expect('cause' in new RedisError('redis-content', 'strange')).toBe(false);
});

test.each([
  ['MOVED 3 10.0.0.1:6379', /set REDIS_MODE=cluster$/],
  ['ASK 3 10.0.0.1:6379', /set REDIS_MODE=cluster$/],
  ["ERR unknown command 'EVALSHA'", /set REDIS_MODE=sentinel and REDIS_SENTINEL_MASTER$/],
  ['OOM: MOVED nothing', /: OOM: MOVED nothing$/],
])('%s: the message names the next step, if there is one', (reason, message) => {
  expect(redisFault('commit', replyError(reason), []).message).toMatch(message);
});

test('neither message nor cause holds the password, wherever ioredis put it', () => {
  const fault = redisFault('claim of partition 3', replyError('WRONGPASS for hunter2'), ['hunter2']);
  expect(fault.message).toBe('claim of partition 3: Redis refused: WRONGPASS for ***');
  expect(inspect(fault, { depth: 10, showHidden: true })).not.toContain('hunter2');
});

test('a fault with a name stays as it is', () => {
  const fault = new RedisError('redis-content', 'strange');
  expect(redisFault('claim', fault, [])).toBe(fault);
});
