import { request } from 'node:http';
import { connect } from 'node:net';
import { gunzipSync } from 'node:zlib';
import type { HttpBounds } from '../../../src/adapters/http/app';
import { MAX_BODY_BYTES } from '../../../src/adapters/http/limits';
import { type DashboardServer, startDashboardServer } from '../../support/dashboard-server';
import { eventually } from '../../support/real-clock';

const OPEN: HttpBounds = { requestsPerMinute: 0, compression: false, corsOrigins: [] };

let server: DashboardServer;
afterEach(() => server.close());

async function start(bounds: Partial<HttpBounds>): Promise<void> {
  server = await startDashboardServer({ bounds: { ...OPEN, ...bounds } });
  server.feed(100);
  await eventually('folded', () => server.api.status().updates === 100);
}

interface Answer {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

function ask(path: string, options: { method?: string; headers?: Record<string, string>; body?: string } = {}) {
  return new Promise<Answer>((resolve, reject) => {
    const { method = 'GET', headers = {}, body = '' } = options;
    request(server.http.url + path, { method, headers, agent: false }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('end', () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    })
      .on('error', reject)
      .end(body);
  });
}

const codeOf = ({ body }: Answer) => (JSON.parse(body.toString()) as { code: string }).code;

/** The answer to bytes that need be no HTTP. */
function exchange(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect({ port: server.http.port, host: '127.0.0.1' }, () => socket.write(bytes));
    socket.on('data', (chunk) => {
      answer += chunk.toString();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(answer));
  });
}

describe('requests a minute', () => {
  test('above the limit: 429 with the time to wait, also for unknown paths; health and the page go on', async () => {
    await start({ requestsPerMinute: 3 });
    for (let i = 0; i < 2; i += 1) expect((await ask('/v1/models')).status).toBe(200);
    expect((await ask('/nowhere')).status).toBe(404);
    for (const path of ['/v1/models', '/nowhere', '/metrics']) {
      const refused = await ask(path);
      expect([refused.status, codeOf(refused)]).toEqual([429, 'CLV_HTTP_TOO_MANY']);
      expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    }
    for (const path of ['/healthz', '/readyz', '/', '/openapi.json']) expect((await ask(path)).status).toBe(200);
  });

  test('wrong tokens count', async () => {
    server = await startDashboardServer({ token: 'right', bounds: { ...OPEN, requestsPerMinute: 2 } });
    const headers = { authorization: 'Bearer wrong' };
    const statuses = [];
    for (let i = 0; i < 3; i += 1) statuses.push((await ask('/v1/status', { headers })).status);
    expect(statuses).toEqual([401, 401, 429]);
  });

  test('0: any number', async () => {
    await start({});
    for (let i = 0; i < 50; i += 1) expect((await ask('/v1/models')).status).toBe(200);
  });
});

describe('compression', () => {
  const headers = { 'accept-encoding': 'gzip' };

  test('of what is large, if the caller takes it', async () => {
    await start({ compression: true });
    const [small, large, plain] = await Promise.all([
      ask('/v1/models', { headers }),
      ask('/v1/customers?limit=500', { headers }),
      ask('/v1/customers?limit=500'),
    ]);
    expect(small.headers['content-encoding']).toBeUndefined();
    expect(large.headers['content-encoding']).toBe('gzip');
    expect(large.headers.vary).toBe('accept-encoding');
    expect(plain.headers['content-encoding']).toBeUndefined();
    expect(gunzipSync(large.body).toString()).toBe(plain.body.toString());
    expect(large.body.length).toBeLessThan(plain.body.length / 2);
  });

  test('the page is compressed and still revalidated, and HEAD has no body', async () => {
    await start({ compression: true });
    const page = await ask('/', { headers });
    expect(page.headers['content-encoding']).toBe('gzip');
    const again = await ask('/', { headers: { ...headers, 'if-none-match': String(page.headers.etag) } });
    expect([again.status, again.body.length]).toEqual([304, 0]);
    const head = await ask('/v1/customers?limit=500', { method: 'HEAD', headers });
    expect([head.status, head.body.length]).toEqual([200, 0]);
  });

  test('never of the stream', async () => {
    await start({ compression: true });
    const response = await fetch(`${server.http.url}/v1/stream`);
    expect(response.headers.get('content-encoding')).toBeNull();
    await response.body?.cancel();
  });
});

describe('other origins', () => {
  const headers = { origin: 'https://shop.example', 'access-control-request-method': 'GET' };

  test('are not let in by default', async () => {
    await start({});
    expect((await ask('/v1/models', { headers })).headers).not.toHaveProperty('access-control-allow-origin');
    expect((await ask('/v1/models', { method: 'OPTIONS', headers })).status).toBe(405);
  });

  test('are let in if they are listed', async () => {
    await start({ corsOrigins: ['https://shop.example'] });
    const allowed = 'access-control-allow-origin';
    expect((await ask('/v1/models', { headers })).headers[allowed]).toBe('https://shop.example');
    const preflight = await ask('/v1/models', { method: 'OPTIONS', headers });
    expect([preflight.status, preflight.headers[allowed]]).toEqual([204, 'https://shop.example']);
    const other = await ask('/v1/models', { headers: { origin: 'https://evil.example' } });
    expect(other.headers).not.toHaveProperty(allowed);
  });
});

describe('what is too large or broken', () => {
  test('a body above the limit is refused before it is read', async () => {
    await start({});
    const headers = { 'content-length': String(MAX_BODY_BYTES + 1), expect: '100-continue' };
    const refused = await exchange(
      `POST /v1/models HTTP/1.1\r\nhost: localhost\r\n${Object.entries(headers)
        .map(([name, value]) => `${name}: ${value}\r\n`)
        .join('')}\r\n`,
    );
    expect(refused).toMatch(/^HTTP\/1\.1 413 /m);
    expect(refused).toContain('CLV_HTTP_TOO_LARGE');
  });

  test.each([
    ['GARBAGE\r\n\r\n', 400, 'CLV_HTTP_BAD_REQUEST'],
    [
      `GET /v1/status HTTP/1.1\r\nhost: localhost\r\nx: ${'x'.repeat(20_000)}\r\n\r\n`,
      431,
      'CLV_HTTP_HEADERS_TOO_LARGE',
    ],
  ])('%.20s… is answered with a problem, and the connection ends', async (bytes, status, code) => {
    await start({});
    const answer = await exchange(bytes);
    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} .*\r\ncontent-type: application/problem\\+json\r\n`));
    expect(JSON.parse(answer.split('\r\n\r\n')[1]!)).toMatchObject({ status, code });
  });
});
