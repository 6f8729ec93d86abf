import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type DashboardServer, startDashboardServer } from '../../support/dashboard-server';
import { fakeUpdate } from '../../support/fake-updates';
import { OpenapiDocument } from '../../support/openapi-document';
import { fakeReport } from '../../support/prequential-report';
import { eventually } from '../../support/real-clock';

const COPY = join(__dirname, '../../../docs/openapi.json');

let server: DashboardServer;
let document: Record<string, unknown>;
let openapi: OpenapiDocument;

beforeAll(async () => {
  server = await startDashboardServer({
    rescore: async (customerId, asOfS) => ({
      ...fakeUpdate({ customerId, asOfS, trigger: 'clock' }),
      attributes: { ageBand: '25-34', region: null, channel: 'store' },
    }),
  });
  server.log.append(0, fakeUpdate({ customerId: 'ann' }), 1_000);
  server.feed(300);
  await eventually('folded', () => server.api.status().updates === 301);
  document = (await (await fetch(`${server.http.url}/openapi.json`)).json()) as Record<string, unknown>;
  openapi = new OpenapiDocument(document);
});

afterAll(() => server.close());

async function faultsOf(template: string, target: string, method = 'GET'): Promise<string[]> {
  const operation = openapi.operations.find(({ path }) => path === template);
  if (operation === undefined) return [`${template} is not in the document`];
  const response = await fetch(server.http.url + target, { method });
  const mediaType = (response.headers.get('content-type') ?? '').split(';')[0]!;
  return openapi.faultsOf(operation, response.status, mediaType, await response.text());
}

test('docs/openapi.json is what the server serves (UPDATE_DOCS=true writes it again)', () => {
  const text = `${JSON.stringify(document, null, 2)}\n`;
  if (process.env.UPDATE_DOCS === 'true') writeFileSync(COPY, text);
  expect(readFileSync(COPY, 'utf8')).toBe(text);
});

test('it is OpenAPI 3.1, and every reference leads to a component', () => {
  expect(document.openapi).toBe('3.1.0');
  const { schemas } = document.components as { schemas: object };
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(([, target = '']) => target);
  expect(references.length).toBeGreaterThan(0);
  for (const target of references) {
    expect(Object.keys(schemas).map((name) => `#/components/schemas/${name}`)).toContain(target);
  }
});

test('every path says what it is for, and open ones need no token', () => {
  const paths = document.paths as Record<string, { get: { summary?: string; security?: unknown[] } }>;
  const open = Object.keys(paths).filter((path) => paths[path]!.get.security?.length === 0);
  expect(open).toEqual(['/healthz', '/readyz', '/openapi.json']);
  for (const { get } of Object.values(paths)) expect(get.summary).toMatch(/^[A-Z]/);
});

test.each([
  ['/v1/customers', '/v1/customers?order=value&limit=500'],
  ['/v1/customers', '/v1/customers?order=fall'],
  ['/v1/customers/{id}', '/v1/customers/ann'],
  ['/v1/customers/{id}', '/v1/customers/nobody'],
  ['/v1/customers/{id}/history', '/v1/customers/ann/history'],
  ['/v1/customers/{id}/explanation', '/v1/customers/ann/explanation?asOf=2026-03-01'],
  ['/v1/customer', '/v1/customer?id=ann&asOf=1770000000'],
  ['/v1/customer', '/v1/customer'],
  ['/v1/customer/history', '/v1/customer/history?id=ann'],
  ['/v1/customer/explanation', '/v1/customer/explanation?id=ann'],
  ['/v1/segments', '/v1/segments'],
  ['/v1/models', '/v1/models'],
  ['/v1/prequential', '/v1/prequential'],
  ['/v1/status', '/v1/status'],
  ['/v1/status', '/v1/status?unknown=1'],
  ['/healthz', '/healthz'],
  ['/readyz', '/readyz'],
  ['/metrics', '/metrics'],
  ['/openapi.json', '/openapi.json'],
])('%s: the answer to %s fits its schema', async (template, target) => {
  expect(await faultsOf(template, target)).toEqual([]);
});

test('also with cuts and a report', async () => {
  const release = { version: 't-1', cuts: [10.5, 20, 30] as const, margin: 0.05, customers: 240 };
  await server.tierReleases.publish({ ...release, releasedAtMs: 1_700_000_000_000 });
  await server.reports.publish(fakeReport());
  await eventually('read', () => server.api.tiers() !== null && server.api.prequential() !== null);
  expect(await faultsOf('/v1/segments', '/v1/segments')).toEqual([]);
  expect(await faultsOf('/v1/prequential', '/v1/prequential')).toEqual([]);
});

test('the judge itself finds what does not fit', () => {
  const operation = openapi.operations.find(({ path }) => path === '/healthz')!;
  const judge = (status: number, mediaType: string, body: unknown) =>
    openapi.faultsOf(operation, status, mediaType, JSON.stringify(body));
  expect(judge(200, 'application/json', { status: 'alive' })).toEqual([]);
  expect(judge(200, 'application/json', { status: 1 })).toHaveLength(1);
  expect(judge(200, 'application/json', { status: 'alive', more: 1 })).toHaveLength(1);
  expect(judge(200, 'text/html', '')).toHaveLength(1);
  expect(judge(302, 'application/json', {})).toHaveLength(1);
});
