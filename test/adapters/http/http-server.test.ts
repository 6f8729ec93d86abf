import { request } from 'node:http';
import { HTTP_ERRORS } from '../../../src/adapters/http/answers/errors';
import { type HttpServer, startHttpServer } from '../../../src/adapters/http/http-server';
import { type DashboardServer, startDashboardServer } from '../../support/dashboard-server';
import { fakeUpdate } from '../../support/fake-updates';
import { fakeReport } from '../../support/prequential-report';
import { eventually, realClock } from '../../support/real-clock';

const HEALTH = {
  readiness: () => ({ ready: true, reasons: [] }),
  scrape: async () => ({ contentType: 'text/plain', body: '' }),
};

const ATTRIBUTES = { ageBand: '25-34', region: null, channel: 'store' };

describe('with an api behind it', () => {
  let server: DashboardServer;
  const answered: [string, number][] = [];
  const failures: unknown[] = [];
  const requested: number[] = [];

  beforeAll(async () => {
    server = await startDashboardServer({
      answered: (route, status) => void answered.push([route, status]),
      failed: (_route, error) => void failures.push(error),
      rescore: async (customerId, asOfS) => {
        if (customerId === 'breaks') throw new Error('redis is away');
        requested.push(asOfS);
        return { ...fakeUpdate({ customerId, asOfS, value: 77, trigger: 'clock' }), attributes: ATTRIBUTES };
      },
      nowS: () => 1_800_000_000,
    });
    server.log.append(0, fakeUpdate({ customerId: 'Ünï/7' }), 1_000);
    server.log.append(0, fakeUpdate({ customerId: 'breaks' }), 1_000);
    server.log.append(0, fakeUpdate({ customerId: 'c-1' }), 1_000);
    for (const customerId of ['.', '..']) server.log.append(0, fakeUpdate({ customerId }), 1_000);
    server.feed(500);
    await eventually('folded', () => server.api.status().updates === 505);
  });

  afterAll(() => server.close());

  const get = (path: string, init?: RequestInit) => fetch(server.http.url + path, init);
  /** A request whose path reaches the server as it is: fetch resolves "." and "..". */
  const raw = (path: string, headers = {}) =>
    new Promise<{ status: number | undefined; body: unknown }>((resolve, reject) => {
      request(server.http.url, { path, headers }, (response) => {
        let text = '';
        response.on('data', (chunk) => (text += chunk));
        response.on('end', () => resolve({ status: response.statusCode, body: JSON.parse(text) }));
      })
        .on('error', reject)
        .end();
    });
  const json = async (path: string) => (await (await get(path)).json()) as Record<string, unknown>;

  test('a customer: the latest update by name, and its value now', async () => {
    const response = await get('/v1/customers/%C3%9Cn%C3%AF%2F7');
    expect(response.headers.get('content-type')).toBe('application/json; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(await response.json()).toMatchObject({
      customerId: 'Ünï/7',
      asOf: '2026-01-05T00:00:00.000Z',
      clv: 120,
      currency: 'EUR',
      predicted: { '365d': { clv: 120 } },
      orderProbability: { '7d': expect.any(Number), '365d': expect.any(Number) },
      nextOrder: {
        expected: expect.any(String),
        quartiles: [expect.any(String), expect.any(String), expect.any(String)],
      },
      change: { previous: 100, silence: -5, event: 25, model: 0 },
      source: { topic: 'orders', partition: 0, offset: 0 },
      attributes: ATTRIBUTES,
      now: { clv: 77, asOf: '2027-01-15T08:00:00.000Z' },
    });
  });

  test.each(['.', '..', 'Ünï/7'])('a customer named %s is reachable with the id in the query', async (id) => {
    const query = `?id=${encodeURIComponent(id)}`;
    expect(await json(`/v1/customer${query}`)).toMatchObject({ customerId: id, clv: 120 });
    expect(await json(`/v1/customer/history${query}`)).toMatchObject({ customerId: id, truncated: false });
    expect((await get(`/v1/customer/explanation${query}`)).status).toBe(200);
  });

  test('the requested time reaches the clock step', async () => {
    await get('/v1/customers/%C3%9Cn%C3%AF%2F7?asOf=2026-02-01T00:00:00Z');
    await get('/v1/customers/%C3%9Cn%C3%AF%2F7?asOf=1770000000');
    expect(requested.slice(-2)).toEqual([Date.UTC(2026, 1, 1) / 1000, 1_770_000_000]);
  });

  test('an explanation sums to the value; amounts in major units', async () => {
    const id = encodeURIComponent(server.api.ranked('value', 1)[0]!.update.customerId);
    const answer = await json(`/v1/customers/${id}/explanation?asOf=1770000000`);
    expect(answer).toMatchObject({ asOf: '2026-02-02T02:40:00.000Z', clv: 100, baseline: 60, currency: 'EUR' });
    const { events, features } = answer as {
      events: { contribution: number; amount: number }[];
      features: Record<string, number>;
    };
    expect(events[0]).toMatchObject({ kind: 'order', amount: 42.5, time: '2026-02-01T02:40:00.000Z' });
    const parts = [...events.map(({ contribution }) => contribution), ...Object.values(features)];
    expect(parts.reduce((sum, part) => sum + part, 60)).toBeCloseTo(100, 9);
  });

  test('history, rankings, segments, models, status', async () => {
    const { customers = [] } = (await json('/v1/customers?order=value&limit=3')) as {
      customers?: { customerId: string }[];
    };
    expect(customers).toHaveLength(3);
    const customerId = encodeURIComponent(customers[0]!.customerId);
    expect(await json(`/v1/customers/${customerId}/history`)).toMatchObject({
      customerId,
      truncated: false,
      points: expect.arrayContaining([
        expect.objectContaining({ asOf: expect.any(String), silence: expect.any(Number) }),
      ]),
    });
    expect((await json('/v1/customers?order=fall')).customers).not.toHaveLength(0);
    const segments = await json('/v1/segments');
    expect(segments.segments).toHaveLength(20);
    expect(segments.tiers).toBeNull();
    const release = { version: 't-1', cuts: [10.5, 20, 30] as const, margin: 0.05, customers: 240 };
    await server.tierReleases.publish({ ...release, releasedAtMs: 1_700_000_000_000 });
    expect((await json('/v1/segments')).tiers).toEqual({
      ...{ version: 't-1', above: { silver: 10.5, gold: 20, platinum: 30 }, margin: 0.05, customers: 240 },
      releasedAt: '2023-11-14T22:13:20.000Z',
    });
    expect((await json('/v1/models')).models).toHaveLength(2);
    const none = { asOf: null, currency: 'EUR', currentVersion: null, previousVersion: null, horizons: [] };
    expect(await json('/v1/prequential')).toEqual(none);
    await server.reports.publish(fakeReport());
    const report = await json('/v1/prequential');
    expect(report).toMatchObject({
      asOf: '2023-11-14T22:13:20.000Z',
      currentVersion: 'm-new',
      previousVersion: 'm-old',
    });
    expect(report.horizons).toHaveLength(4);
    expect(await json('/v1/status')).toMatchObject({
      updates: 505,
      inputLagRecords: 3,
      newestAsOf: expect.any(String),
    });
  });

  test('health, readiness, metrics', async () => {
    expect((await get('/healthz')).status).toBe(200);
    expect((await get('/readyz')).status).toBe(200);
    expect(await (await get('/metrics')).text()).toContain('clv_updates_total');
  });

  test.each([
    ['/nowhere', 'GET', 'CLV_HTTP_NOT_FOUND'],
    ['/page/../http-server.js', 'GET', 'CLV_HTTP_NOT_FOUND'],
    ['/v1/customers/', 'GET', 'CLV_HTTP_NOT_FOUND'],
    ['/v1/customers/c-1/history/b', 'GET', 'CLV_HTTP_NOT_FOUND'],
    ['//', 'GET', 'CLV_HTTP_NOT_FOUND'],
    ['/v1/customers/%ff', 'GET', 'CLV_HTTP_BAD_REQUEST'],
    ['/v1/status?limit=3', 'GET', 'CLV_HTTP_BAD_REQUEST'],
    ['/v1/customers/nobody', 'GET', 'CLV_HTTP_NO_SUCH_CUSTOMER'],
    ['/v1/customers/nobody/history', 'GET', 'CLV_HTTP_NO_SUCH_CUSTOMER'],
    ['/v1/customers/nobody/explanation', 'GET', 'CLV_HTTP_NO_SUCH_CUSTOMER'],
    ['/v1/customers/c-1/explanation', 'GET', 'CLV_HTTP_NO_EXPLANATION'],
    ['/v1/customers?limit=0', 'GET', 'CLV_HTTP_BAD_REQUEST'],
    ['/v1/customer', 'GET', 'CLV_HTTP_BAD_REQUEST'],
    ['/v1/customer?id=nobody', 'GET', 'CLV_HTTP_NO_SUCH_CUSTOMER'],
    ['/v1/customers/breaks?asOf=2026-02-30T00:00:00Z', 'GET', 'CLV_HTTP_BAD_REQUEST'],
    ['/v1/customers?limit=1e9', 'GET', 'CLV_HTTP_BAD_REQUEST'],
    ['/v1/customers?order=name', 'GET', 'CLV_HTTP_BAD_REQUEST'],
    ['/v1/customers/breaks?asOf=yesterday', 'GET', 'CLV_HTTP_BAD_REQUEST'],
    ['/v1/customers/breaks', 'GET', 'CLV_HTTP_INTERNAL'],
    ['/v1/status', 'POST', 'CLV_HTTP_METHOD_NOT_ALLOWED'],
  ] as const)('%s %s: %s', async (path, method, code) => {
    const response = await get(path, { method });
    expect(response.status).toBe(HTTP_ERRORS[code].status);
    expect(response.headers.get('content-type')).toMatch(/^application\/problem\+json/);
    const problem = (await response.json()) as Record<string, string>;
    const { status, message: title } = HTTP_ERRORS[code];
    expect(problem).toMatchObject({ type: `urn:clv-stream:error:${code}`, code, status, title });
    expect(problem.detail).toContain(title);
    expect(problem.detail).not.toContain('redis');
    expect(response.headers.get('allow')).toBe(code === 'CLV_HTTP_METHOD_NOT_ALLOWED' ? 'GET, HEAD' : null);
  });

  test.each([
    ['/v1/customers?limit=0&order=name', ['limit must be >= 1', 'order must be one of value, fall']],
    ['/v1/customers?sorted=1', ['the parameter sorted is unknown: this path takes order, tier, stage']],
    ['/v1/status?x=1', ['the parameter x is unknown: this path takes none']],
    ['/v1/customer', ['id is missing: add ?id=']],
  ])('%s: the message names what is wrong', async (path, parts) => {
    const body = await (await get(path)).text();
    for (const part of parts) expect(body).toContain(part);
  });

  test('what exists is listed where there is nothing', async () => {
    const { paths } = await json('/v1/custmers');
    expect(paths).toEqual(expect.arrayContaining(['/v1/customers', '/v1/customers/{id}', '/openapi.json']));
    expect(paths).not.toContain('/page/app.mjs');
    expect((await json('/v1/customers?sorted=1')).parameters).toContain('cursor');
    expect((await json('/v1/customers/nobody')).paths).toBeUndefined();
  });

  test('an id with "." or ".." is taken from the path as it was sent', async () => {
    expect(await raw('/v1/customers/..')).toMatchObject({ status: 200, body: { customerId: '..' } });
    expect(await raw('/v1/customers/%2e')).toMatchObject({ status: 200, body: { customerId: '.' } });
    expect(await raw('/v1/../etc/passwd')).toMatchObject({ status: 404 });
  });

  test('an id of 512 characters is found or not, and never cut', async () => {
    expect((await get(`/v1/customers/${encodeURIComponent('ü'.repeat(512))}`)).status).toBe(404);
    expect(await (await get(`/v1/customers/${'x'.repeat(512)}`)).text()).toContain('CLV_HTTP_NO_SUCH_CUSTOMER');
  });

  test('an unexpected failure is logged in full', () => {
    expect(failures).toEqual([expect.objectContaining({ message: 'redis is away' })]);
  });

  test('HEAD answers as GET without the body', async () => {
    const [head, full] = await Promise.all([get('/v1/models', { method: 'HEAD' }), get('/v1/models')]);
    expect(head.status).toBe(200);
    expect(head.headers.get('content-length')).toBe(full.headers.get('content-length'));
    expect(await head.text()).toBe('');
    expect((await get('/v1/stream', { method: 'HEAD' })).headers.get('content-type')).toMatch('text/event-stream');
  });

  test('the page is its own files only, and is revalidated', async () => {
    const page = await get('/');
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(page.headers.get('content-security-policy')).toContain("default-src 'none'");
    const etag = page.headers.get('etag')!;
    expect((await get('/', { headers: { 'if-none-match': etag } })).status).toBe(304);
    const html = await page.text();
    const files = [...html.matchAll(/(?:src|href)="(\/page\/[^"]+)"/g)].map((match) => match[1]!);
    expect(files.length).toBeGreaterThan(2);
    for (const file of files) expect((await get(file)).status).toBe(200);
    expect(html).not.toMatch(/<style|<script>|style="|https?:\/\//);
  });

  test('the stream sends a summary at once and then every second', async () => {
    const aborted = new AbortController();
    const reader = (await get('/v1/stream', { signal: aborted.signal })).body!.getReader();
    const seen: string[] = [];
    while (seen.length < 2) seen.push(new TextDecoder().decode((await reader.read()).value));
    aborted.abort();
    await reader.read().catch(() => undefined);
    for (const event of seen) expect(event).toMatch(/^event: summary\ndata: \{"status":.*\n\n$/);
  });

  test('a foreign host name is refused: DNS rebinding', async () => {
    expect(await raw('/v1/status', { host: 'evil.example' })).toMatchObject({ status: 403 });
  });

  test('every response is reported by route pattern, never by path', () => {
    expect(answered).toContainEqual(['/v1/customers/:id', 404]);
    expect(answered).toContainEqual(['none', 404]);
    expect(answered.filter(([route]) => route.includes('nobody'))).toEqual([]);
  });
});

describe('without an api', () => {
  let http: HttpServer;
  let ready = false;

  beforeAll(async () => {
    const readiness = () => ({ ready, reasons: ready ? [] : ['kafka is away'] });
    http = await startHttpServer({ ...HEALTH, port: 0, clock: realClock, readiness });
  });

  afterAll(() => http.close());

  test('health and metrics only; readiness follows its function', async () => {
    expect((await fetch(`${http.url}/v1/status`)).status).toBe(404);
    const response = await fetch(`${http.url}/readyz`);
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ status: 'not ready', reasons: ['kafka is away'] });
    ready = true;
    expect((await fetch(`${http.url}/readyz`)).status).toBe(200);
  });

  test('a port in use is an error, not a crash', async () => {
    await expect(startHttpServer({ ...HEALTH, port: http.port, clock: realClock })).rejects.toMatchObject({
      code: 'EADDRINUSE',
    });
  });
});

describe('opened to the network', () => {
  test.each([undefined, ''])('needs a token (%p)', async (token) => {
    const options = { ...HEALTH, port: 0, host: '0.0.0.0', clock: realClock };
    await expect(startHttpServer(token === undefined ? options : { ...options, token })).rejects.toMatchObject({
      code: 'CLV_HTTP_TOKEN_REQUIRED',
    });
  });

  test('data only with the token; page and health without', async () => {
    const server = await startDashboardServer({ host: '0.0.0.0', token: 'correct horse' });
    const url = `http://127.0.0.1:${server.http.port}`;
    const status = async (path: string, authorization?: string) =>
      (await fetch(url + path, authorization === undefined ? {} : { headers: { authorization } })).status;
    expect(await status('/v1/status')).toBe(401);
    expect(await status('/metrics')).toBe(401);
    expect(await status('/v1/stream', 'Bearer wrong')).toBe(401);
    expect(await status('/v1/status', 'Basic correct horse')).toBe(401);
    expect(await status('/healthz')).toBe(200);
    expect(await status('/')).toBe(200);
    await server.close();
  });

  test('the right token opens', async () => {
    const server = await startDashboardServer({ host: '0.0.0.0', token: 's3cret' });
    const headers = { authorization: 'Bearer s3cret' };
    expect((await fetch(`http://127.0.0.1:${server.http.port}/v1/status`, { headers })).status).toBe(200);
    await server.close();
  });
});
