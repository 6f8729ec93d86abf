import { inspect } from 'node:util';
import { RedisError, redisFault } from '../../../src/adapters/redis/errors';

const access = { addresses: ['cache:6379'], secrets: [] };

/** As ioredis makes it: the command, arguments and all, hangs on the error. */
function replyError(message: string): Error {
  const error = new Error(message);
  error.name = 'ReplyError';
  return Object.assign(error, { command: { name: 'auth', args: ['user', 'hunter2'] } });
}

test('an answer of Redis is a refusal, anything else an unknown outcome', () => {
  expect(redisFault('commit', replyError('OOM command not allowed'), access).code).toBe('redis-refused');
  expect(redisFault('commit', new Error('Command timed out'), access).code).toBe('redis-outcome-unknown');
  expect(redisFault('commit', 'gone', access).code).toBe('redis-outcome-unknown');
});

test('the cause is the error by name and message alone, cut to 200 characters', () => {
  const { cause } = redisFault('commit', replyError(`OOM ${'x'.repeat(300)}`), access);
  expect(cause).toMatchObject({ name: 'ReplyError', message: `OOM ${'x'.repeat(196)}` });
  expect('cause' in new RedisError('redis-content', 'strange')).toBe(false);
});

test.each([
  ['MOVED 3 10.0.0.1:6379', /set REDIS_MODE=cluster$/],
  ['ASK 3 10.0.0.1:6379', /set REDIS_MODE=cluster$/],
  ["ERR unknown command 'EVALSHA'", /set REDIS_MODE=sentinel and REDIS_SENTINEL_MASTER$/],
  ['OOM: MOVED nothing', /\(REDIS_URL\) refuses: OOM: MOVED nothing\. Raise its maxmemory/],
  ['NOAUTH Authentication required.', /refuses: NOAUTH Authentication required\. Set REDIS_PASSWORD/],
  ['NOPERM this user has no permissions to run', /CLV_REDIS_PREFIX/],
  ["READONLY You can't write against a read only replica.", /set REDIS_URL to the master/],
  ['LOADING Redis is loading the dataset in memory', /wait until it has$/],
  ['CLUSTERDOWN The cluster is down', /redis-cli --cluster check/],
  ['ERR DB index is out of range', /database at the end of REDIS_URL$/],
  ['ERR something new', /^commit: Redis at cache:6379 \(REDIS_URL\) refuses: ERR something new$/],
])('%s: the message names Redis and the next step, if there is one', (reason, message) => {
  expect(redisFault('commit', replyError(reason), access).message).toMatch(message);
});

test.each([
  ['connect ECONNREFUSED 10.0.0.1:6379', 'the connection is refused. Start it, or correct REDIS_URL'],
  ['getaddrinfo ENOTFOUND cache', 'no host has this name. Start it, or correct REDIS_URL'],
  [
    'write EPROTO 1:error:0A00010B:SSL routines::wrong version number',
    'it does not speak TLS at this port. Write redis',
  ],
  ['self-signed certificate in certificate chain', 'self-signed certificate in certificate chain. Set REDIS_SSL_CA'],
  ['read ECONNRESET', 'it closes the connection. Start it, or correct REDIS_URL: a port for TLS needs rediss://'],
  ['Connection is closed.', 'it closes the connection'],
  ['Command timed out', 'no answer in time. Start it'],
  ['nothing within 8000 ms', 'nothing within 8000 ms. Start it'],
])('%s: the message says in words why there is no answer', (reason, words) => {
  const { message } = redisFault('commit', new Error(reason), access);
  expect(message.startsWith(`commit: Redis at cache:6379 (REDIS_URL) does not answer: ${words}`)).toBe(true);
});

test('of a command that was given up the message says why the connection failed', () => {
  const givenUp = Object.assign(new Error('Reached the max retries per request limit (which is 2).'), {
    name: 'MaxRetriesPerRequestError',
  });
  const fault = redisFault('claim', givenUp, access, 'connect ECONNREFUSED 10.0.0.1:6379');
  expect(fault).toMatchObject({ code: 'redis-outcome-unknown' });
  expect(fault.message).toContain('does not answer: the connection is refused');
  const refused = redisFault('claim', givenUp, access, 'WRONGPASS invalid username-password pair');
  expect(refused).toMatchObject({
    code: 'redis-outcome-unknown',
    message: expect.stringContaining('refuses: WRONGPASS'),
  });
});

test('Node gives no message if every address of a name was tried: the code stands for it', () => {
  const each = Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED' });
  expect(redisFault('claim', each, access).message).toContain('the connection is refused');
});

test('neither message nor cause holds the password, wherever ioredis put it', () => {
  const fault = redisFault('claim of partition 3', replyError('WRONGPASS for hunter2'), {
    ...access,
    secrets: ['hunter2'],
  });
  expect(fault.message).toBe(
    'claim of partition 3: Redis at cache:6379 (REDIS_URL) refuses: WRONGPASS for ***. Correct REDIS_USERNAME and REDIS_PASSWORD, or the login in REDIS_URL',
  );
  expect(inspect(fault, { depth: 10, showHidden: true })).not.toContain('hunter2');
});

test('a fault with a name stays as it is', () => {
  const fault = new RedisError('redis-content', 'strange');
  expect(redisFault('claim', fault, access)).toBe(fault);
});
