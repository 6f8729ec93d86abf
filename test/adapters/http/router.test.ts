import { matchRoute, type Route } from '../../../src/adapters/http/router';

function route(pattern: string): Route {
  return { pattern, open: true, answer: () => ({ contentType: 'text/plain', body: pattern }) };
}

const routes = ['/', '/v1/customers', '/v1/customers/:id', '/v1/customers/:id/history'].map(route);

test.each([
  ['/', '/', {}],
  ['/v1/customers?limit=3', '/v1/customers', {}],
  ['/v1/customers/a%2Fb%20c', '/v1/customers/:id', { id: 'a/b c' }],
  ['/v1/customers/.', '/v1/customers/:id', { id: '.' }],
  ['/v1/customers/%2e%2E/history?x=/1', '/v1/customers/:id/history', { id: '..' }],
  ['/v1/customers/9007199254740993/history', '/v1/customers/:id/history', { id: '9007199254740993' }],
])('%s is %s', (url, pattern, path) => {
  const match = matchRoute(routes, url);
  expect(match.route.pattern).toBe(pattern);
  expect(match.query.path).toEqual(path);
});

test.each(['/v2', '/v1/customers/', '/v1/customers/a/history/b', '//', '/v1/../etc/passwd'])(
  '%s is not found',
  (url) => {
    expect(() => matchRoute(routes, url)).toThrow(expect.objectContaining({ code: 'CLV_HTTP_NOT_FOUND' }));
  },
);

test('a path that is not percent-encoded UTF-8 is a bad request', () => {
  expect(() => matchRoute(routes, '/v1/customers/%ff')).toThrow(
    expect.objectContaining({ code: 'CLV_HTTP_BAD_REQUEST' }),
  );
});
