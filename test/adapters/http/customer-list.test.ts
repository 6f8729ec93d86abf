import { type DashboardServer, startDashboardServer } from '../../support/dashboard-server';
import { fakeUpdate } from '../../support/fake-updates';
import { eventually } from '../../support/real-clock';

let server: DashboardServer;
beforeAll(async () => {
  server = await startDashboardServer();
  server.feed(1_000);
  server.log.append(0, fakeUpdate({ customerId: 'quo"te,d' }), 1_000);
  await eventually('folded', () => server.api.status().updates === 1_001);
});
afterAll(() => server.close());

interface Row {
  readonly customerId: string;
  readonly clv: number;
  readonly valueTier: string;
  readonly lifecycleStage: string;
  readonly churnProbability: number;
}

const get = (query: string, accept = '*/*') =>
  fetch(`${server.http.url}/v1/customers${query}`, { headers: { accept } });
async function page(query: string): Promise<{ customers: Row[]; next: string | null }> {
  return (await (await get(query)).json()) as { customers: Row[]; next: string | null };
}
async function all(query: string, between = () => {}): Promise<Row[]> {
  const rows: Row[] = [];
  for (let cursor = ''; ; ) {
    const { customers, next } = await page(`?limit=37${query}${cursor}`);
    rows.push(...customers);
    if (next === null) return rows;
    cursor = `&cursor=${next}`;
    between();
  }
}

test.each(['clv', '-clv', 'churnProbability', '-lastOrder', 'lastOrder', 'asOf', 'customerId'])(
  'pages by %s give every customer once',
  async (sort) => {
    const ids = (await all(`&sort=${sort}`)).map(({ customerId }) => customerId);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids).toHaveLength(server.api.status().customers);
  },
);

test('filters keep what fits, and all of it', async () => {
  const rows = await all('');
  const tiers = ['gold', 'platinum'];
  const fitting = rows.filter(
    ({ valueTier, clv, churnProbability }) => tiers.includes(valueTier) && clv <= 400 && churnProbability >= 0.2,
  );
  const found = await all('&tier=gold&tier=platinum&clvTo=400&churnFrom=0.2');
  expect(found.map(({ customerId }) => customerId)).toEqual(fitting.map(({ customerId }) => customerId));
  expect((await all('&idPrefix=quo')).map(({ customerId }) => customerId)).toEqual(['quo"te,d']);
  expect(await all('&movedSince=2100-01-01')).toEqual([]);
});

test('exports have all rows, in CSV and JSON Lines', async () => {
  const customers = server.api.status().customers;
  const csv = await get('?sort=customerId', 'text/csv');
  expect(csv.headers.get('content-type')).toBe('text/csv; charset=utf-8');
  const lines = (await csv.text()).trimEnd().split('\r\n');
  expect(lines[0]).toMatch(/^customerId,asOf,currency,clv,/);
  expect(lines).toHaveLength(customers + 1);
  expect(lines.at(-1)).toMatch(/^"quo""te,d",/);
  const jsonl = (await (await get('', 'application/x-ndjson')).text()).trimEnd().split('\n');
  expect(jsonl).toHaveLength(customers);
  expect(JSON.parse(jsonl[0]!)).toHaveProperty('customerId');
});

test.each(['?cursor=x', '?clvFrom=2&clvTo=1', '?order=fall&tier=gold', '?tier=tin', '?movedSince=soon'])(
  '%s is a bad request',
  async (query) => expect((await get(query)).status).toBe(400),
);

test('a cursor of another sort, and a type that there is not', async () => {
  const { next } = await page('?limit=1&sort=clv');
  expect((await get(`?sort=-clv&cursor=${next}`)).status).toBe(400);
  expect((await get('', 'image/png')).status).toBe(406);
});

test('while updates flow, pages by id give every customer once', async () => {
  const before = (await all('&sort=customerId')).map(({ customerId }) => customerId);
  const ids = (await all('&sort=customerId', () => server.feed(50))).map(({ customerId }) => customerId);
  expect(new Set(ids).size).toBe(ids.length);
  expect(ids).toEqual(expect.arrayContaining(before));
});
