import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simulatedHistory } from '../../../src/cli/fit/history';
import { runCommand, startCommand } from '../../support/cli';
import { until } from '../../support/process';

let folder = '';
let dataset = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'clv-search-'));
  dataset = join(folder, 'shop.csv');
  const orders = [...simulatedHistory(60, 120, 4).events].filter(({ kind }) => kind === 'order');
  const rows = orders.map(
    ({ customerId, timeS, amountMinor }) =>
      `${customerId},${new Date(timeS * 1000).toISOString()},order,${amountMinor / 100}`,
  );
  writeFileSync(dataset, ['customer_id,ts,kind,amount', ...rows].join('\n'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const given = (out: string, trials = 4) => [
  ...['fit', '--events', dataset, '--out', join(folder, out), '--search', String(trials), '--folds', '2', '--force'],
  ...['--backend', 'wasm', '--set', 'epochs=1', 'units=4', 'headUnits=4'],
];
const records = (out: string) => {
  const path = join(folder, out, 'search.jsonl');
  return existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(1, -1) : [];
};

describe('clv-stream fit --search', () => {
  test('killed and started again ends with the same search runs and the same model as one that was left alone', async () => {
    const whole = runCommand(given('whole'));
    expect(whole.code).toBe(0);

    const killed = startCommand(given('killed'));
    await until('some search runs are done', () => records('killed').length >= 2);
    killed.child.kill('SIGKILL');
    await killed.finished;
    const before = records('killed');
    expect(before.length).toBeLessThan(records('whole').length);
    const resumed = runCommand(given('killed'));
    expect(resumed.code).toBe(0);
    expect(resumed.stderr).toContain(`it holds ${before.length} trainings`);

    expect(records('killed')).toEqual(records('whole'));
    const artefact = (out: string) => readFileSync(join(folder, out, 'model.clvm'));
    expect(artefact('killed').equals(artefact('whole'))).toBe(true);

    const card = JSON.parse(readFileSync(join(folder, 'whole', 'model-card.json'), 'utf8'));
    const { winner, values, loss } = card.training.search;
    expect(JSON.parse(records('whole').find((line) => line.includes(`"rung":1,"trial":${winner},`))!)).toMatchObject({
      values,
      score: loss,
    });
    // It is trained as the winner was.
    expect(card.training.options.batchSize).toBe(values.batchSize ?? 1024);
    expect(card.training.options).toMatchObject({ epochs: 1, shape: { units: 4, headUnits: 4 } });
    expect(whole.stderr).toMatch(/search 6 of 6/);
    expect(readFileSync(join(folder, 'whole', 'search.svg'), 'utf8')).toContain(`run ${winner}, chosen`);

    // The folder is that search's: another one is refused before anything is written.
    const other = runCommand(given('whole', 5));
    expect(other.code).toBe(1);
    expect(other.stderr).toContain('belongs to another search');
  }, 120_000);

  test('needs a folder, and history enough for its splits', () => {
    const file = runCommand(given('model.clvm'));
    expect(file).toMatchObject({ code: 1, stderr: expect.stringContaining('a search writes a folder') });
    const folds = runCommand([...given('short'), '--folds', '30']);
    expect(folds).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('needs 217 days of history, and there are 1'),
    });
  });
});
