import { redisEndpoints } from '../../../src/adapters/redis/settings';

test('a URL gives host, port, database and login', () => {
  expect(redisEndpoints({ urls: ['redis://cache', 'redis://u:p%40ss@[::1]:7000/3'] })).toEqual([
    { host: 'cache', port: 6379, db: 0 },
    { host: '::1', port: 7000, db: 3, username: 'u', password: 'p@ss' },
  ]);
});

test('the login of the settings fills what the URL leaves open; rediss means TLS', () => {
  const login = { username: 'app', password: 'secret', ca: 'PEM' };
  expect(redisEndpoints({ urls: ['rediss://cache', 'redis://x:y@cache'], ...login })).toEqual([
    { host: 'cache', port: 6379, db: 0, username: 'app', password: 'secret', tls: { ca: 'PEM' } },
    { host: 'cache', port: 6379, db: 0, username: 'x', password: 'y' },
  ]);
});

test.each(['http://u:hunter2@cache', 'redis://u:hunter2@cache/db', 'hunter2', 'redis:///1'])(
  '%s is refused without being quoted',
  (url) => {
    const refused = (): unknown => redisEndpoints({ urls: [url] });
    expect(refused).toThrow(expect.objectContaining({ code: 'redis-url' }));
    expect(refused).not.toThrow(expect.objectContaining({ message: expect.stringContaining('hunter2') }));
  },
);

test('in mode sentinel the URLs and their login are those of the Sentinels', () => {
  const settings = { mode: 'sentinel', username: 'app', password: 'secret' } as const;
  const sentinel = { master: 'shop', username: 'watcher', password: 's3cret' };
  expect(redisEndpoints({ urls: ['redis://one:1'], ...settings, sentinel })).toEqual([
    { host: 'one', port: 1, db: 0, username: 'watcher', password: 's3cret' },
  ]);
  expect(redisEndpoints({ urls: ['redis://one:1'], ...settings })).toEqual([{ host: 'one', port: 1, db: 0 }]);
});

test('no URL is refused', () => {
  expect(() => redisEndpoints({ urls: [] })).toThrow(expect.objectContaining({ code: 'redis-url' }));
});
