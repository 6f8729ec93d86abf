import { apiRoutes } from '../../../src/adapters/http/api-routes';
import { Explainer } from '../../../src/domain/explanation/explanation';
import { Scorer } from '../../../src/domain/scoring/scorer';
import type { CustomerQueries } from '../../../src/ports/customer-queries';
import type { StateReader } from '../../../src/ports/state-store';
import { explainFromState } from '../../../src/services/api/explain';
import { rescoreFromState } from '../../../src/services/api/rescore';
import { fakeUpdate } from '../../support/fake-updates';
import { randomModel } from '../../support/models';

const scorer = new Scorer(randomModel(3), 100);
const states = { read: async () => Buffer.from('hello text') } as unknown as StateReader;
const tierCuts = { version: '', cuts: [1, 2, 3] as const, margin: 0 };
const reported: [string, string][] = [];
const routes = apiRoutes({
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
  unreadable: (customerId, { code }) => void reported.push([customerId, code]),
});
const answer = async (pattern: string, path: Record<string, string>, search = '') =>
  routes.find((route) => route.pattern === pattern)!.answer({ path, search: new URLSearchParams(search) });

beforeEach(() => reported.splice(0));

test.each([
  ['/v1/customers/:id', { id: 'bea' }, ''],
  ['/v1/customer', {}, 'id=bea'],
] as const)(
  '%s serves the latest update of a customer whose state is damaged, and reports it',
  async (pattern, path, search) => {
    const { status, body } = await answer(pattern, path, search);
    expect(status).toBe(200);
    const served = JSON.parse(String(body));
    expect(served).toMatchObject({ customerId: 'bea', clv: 120 });
    expect(served).not.toHaveProperty('now');
    expect(reported).toEqual([['bea', 'state-blob']]);
  },
);

test.each([
  ['/v1/customers/:id/explanation', { id: 'bea' }, ''],
  ['/v1/customer/explanation', {}, 'id=bea'],
] as const)('%s of a damaged state: 404 with the command that mends it', async (pattern, path, search) => {
  await expect(answer(pattern, path, search)).rejects.toMatchObject({
    code: 'CLV_HTTP_NO_EXPLANATION',
    status: 404,
    message: expect.stringContaining('clv-stream state rebuild bea'),
  });
  expect(reported).toEqual([['bea', 'state-blob']]);
});
