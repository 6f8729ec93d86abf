import { type HttpServer, startHttpServer } from '../../../src/adapters/http/http-server';
import { Explainer } from '../../../src/domain/explanation/explanation';
import { Scorer } from '../../../src/domain/scoring/scorer';
import type { CustomerQueries } from '../../../src/ports/customer-queries';
import type { StateReader } from '../../../src/ports/state-store';
import { explainFromState } from '../../../src/services/api/explain';
import { rescoreFromState } from '../../../src/services/api/rescore';
import { fakeUpdate } from '../../support/fake-updates';
import { randomModel } from '../../support/models';
import { realClock } from '../../support/real-clock';

const scorer = new Scorer(randomModel(3), 100);
const states = { read: async () => Buffer.from('hello text') } as unknown as StateReader;
const tierCuts = { version: '', cuts: [1, 2, 3] as const, margin: 0 };
const reported: string[] = [];
let http: HttpServer;

beforeAll(async () => {
  http = await startHttpServer({
    port: 0,
    clock: realClock,
    readiness: () => ({ ready: true, reasons: [] }),
    scrape: async () => ({ contentType: 'text/plain', body: '' }),
    queries: { customer: (customerId: string) => fakeUpdate({ customerId }) } as CustomerQueries,
    nowS: () => 1_800_000_000,
    rescore: rescoreFromState(
      states,
      () => ({ scorer, tierCuts }),
      () => 4,
      { currency: 'EUR', minorPerMajor: 100 },
    ),
    explain: explainFromState(
      states,
      () => new Explainer(scorer.model, 100),
      () => 4,
    ),
    failed: (what, error) => void reported.push(`${what}: ${(error as { code: string }).code}`),
  });
});

afterAll(() => http.close());
beforeEach(() => reported.splice(0));

test.each(['/v1/customers/bea', '/v1/customer?id=bea'])(
  '%s serves the latest update of a customer whose state is damaged, and reports it',
  async (path) => {
    const response = await fetch(http.url + path);
    expect(response.status).toBe(200);
    const served = await response.json();
    expect(served).toMatchObject({ customerId: 'bea', clv: 120 });
    expect(served).not.toHaveProperty('now');
    expect(reported).toEqual(['reading the state of bea: state-blob']);
  },
);

test.each(['/v1/customers/bea/explanation', '/v1/customer/explanation?id=bea'])(
  '%s of a damaged state: 404 with the command that mends it',
  async (path) => {
    const response = await fetch(http.url + path);
    expect(response.status).toBe(404);
    const body = await response.text();
    expect(body).toContain('CLV_HTTP_NO_EXPLANATION');
    expect(body).toContain('clv-stream state rebuild bea');
    expect(reported).toEqual(['reading the state of bea: state-blob']);
  },
);
