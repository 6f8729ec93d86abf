import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluateCommand } from '../../src/cli/commands/evaluate';
import { simulatedHistory } from '../../src/cli/fit/history';

const MODELS = ['served', 'network', 'pareto_nbd', 'bg_nbd', 'past_rate', 'linear', 'tree', 'forest', 'svr'];
/** Trains several networks on WebAssembly: slow where the machine is busy. */
jest.setTimeout(240_000);

describe('clv-stream evaluate', () => {
  let folder: string;
  let printed = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clv-evaluate-'));
    printed = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed += text;
      return true;
    });
    jest.spyOn(process.stderr, 'write').mockImplementation(() => true);
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await rm(folder, { recursive: true });
  });

  const run = (...given: string[]) =>
    evaluateCommand()
      .exitOverride()
      .parseAsync([...given, '--epochs', '1', '--backend', 'wasm', '--seeds', '2', '--force'], { from: 'user' });

  test('an output that can not be written is said before the work', async () => {
    const stderr = jest.spyOn(console, 'error').mockReturnValue(undefined);
    try {
      await run(
        '--events',
        'none.csv',
        '--cut',
        '2024-07-01',
        '--horizon',
        '30',
        '--json',
        join(folder, 'none', 'x.json'),
      );
      expect(stderr.mock.calls.join()).toMatch(/--json .*: the folder .*none does not exist/);
      expect(process.exitCode).toBe(1);
    } finally {
      stderr.mockRestore();
      process.exitCode = 0;
    }
  });

  test('judges every model for orders and for spend: table, JSON, page', async () => {
    const orders = [...simulatedHistory(80, 245, 4).events].filter(({ kind }) => kind === 'order');
    const rows = orders.map(
      ({ customerId, timeS, amountMinor }) =>
        `${customerId},${new Date(timeS * 1000).toISOString()},order,${(amountMinor / 100).toFixed(2)}`,
    );
    const file = join(folder, 'shop.csv');
    await writeFile(file, ['customer_id,ts,kind,amount', ...rows].join('\n'));
    const table = join(folder, 'people.csv');
    const ids = [...new Set(orders.map(({ customerId }) => customerId))];
    await writeFile(
      table,
      ['customer_id,channel', ...ids.map((id, i) => `${id},${i % 2 ? 'store' : 'web'}`)].join('\n'),
    );
    const [json, page] = [join(folder, 'figures.json'), join(folder, 'figures.html')];
    await run(
      '--events',
      file,
      '--attributes',
      table,
      '--cut',
      '2024-07-01',
      '--horizon',
      '30',
      '--rolling',
      '30',
      '--json',
      json,
      '--report',
      page,
    );

    const figures = JSON.parse(await readFile(json, 'utf8'));
    expect(figures).toMatchObject({ set: 'shop', cut: '2024-07-01', horizonDays: 30, seeds: [1, 2] });
    expect(Object.keys(figures.models)).toEqual(MODELS);
    for (const name of MODELS) {
      for (const side of ['counts', 'spend']) {
        const judged = figures.models[name][side];
        expect(judged.customers).toBe(figures.customers);
        for (const measure of ['bias', 'mae', 'rmse', 'r2', 'spearman', 'nGini', 'auc', 'brier', 'ece', 'crps']) {
          expect(typeof judged[measure]).toBe('number');
        }
        expect(judged.pit).toHaveLength(10);
        expect(Object.keys(judged.byOrders).length).toBeGreaterThan(1);
      }
    }
    expect(figures.rolling.map(({ cut }: { cut: string }) => cut)).toEqual(['2024-07-31']);
    expect(printed).toContain('served − ');
    const html = await readFile(page, 'utf8');
    expect(html.match(/<svg /g)).toHaveLength(2 * 6);
    expect(html).not.toMatch(/<script|https?:\/\/(?!www\.w3\.org)/);
  });

  test('judges by the truth of simulated customers, and says so everywhere', async () => {
    const [json, page] = [join(folder, 'synthetic.json'), join(folder, 'synthetic.html')];
    const shop = ['--simulated', '--customers', '120', '--days', '150', '--cut', '2025-10-01', '--horizon', '30'];
    await run(...shop, '--json', json, '--report', page);
    const figures = JSON.parse(await readFile(json, 'utf8'));
    expect(figures).toMatchObject({ synthetic: true, shop: 'seasonal', cut: '2025-10-01', seeds: [1, 2] });
    expect(Object.keys(figures.models)).toEqual(['oracle', 'bayes', ...MODELS]);
    expect(figures.models.oracle.trueRmse).toBe(0);
    expect(figures.clicks.events.all).toBeGreaterThan(3 * figures.clicks.events.ordersOnly);
    expect(printed).toMatch(/^SYNTHETIC/);
    const html = await readFile(page, 'utf8');
    expect(html).toContain('<title>SYNTHETIC');
    expect(html).toContain('<h1>SYNTHETIC');
    expect(html).not.toMatch(/NaN|undefined|<script|https?:\/\/(?!www\.w3\.org)/);
  });

  test.each([
    ['neither event files nor simulated customers', ['--cut', '2024-07-01', '--horizon', '30']],
    ['both', ['--simulated', '--events', 'x.csv', '--cut', '2024-07-01', '--horizon', '30']],
    ['event files to learn from beside simulated customers', ['--simulated', '--train', 'x.csv']],
    ['a table of attributes beside simulated customers', ['--simulated', '--attributes', 'x.csv']],
    ['a shop that is not there', ['--simulated', '--shop', 'corner']],
    ['no cut', ['--events', 'x.csv', '--horizon', '30']],
    ['a cut that is no date', ['--events', 'x.csv', '--cut', 'yesterday', '--horizon', '30']],
    ['a horizon of nothing', ['--events', 'x.csv', '--cut', '2024-07-01', '--horizon', '0']],
  ])('%s is refused', async (_name, given) => {
    await expect(run(...given)).rejects.toThrow();
    expect(printed).toBe('');
  });
});
