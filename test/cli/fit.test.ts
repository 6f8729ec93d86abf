import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../src/adapters/system/digest';
import { fitCommand } from '../../src/cli/commands/fit';
import { simulatedHistory } from '../../src/cli/fit-history';
import { decodeArtefact } from '../../src/serde/model-artefact';

describe('clv-stream fit', () => {
  let folder: string;
  let printed = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clv-fit-'));
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

  const run = (...given: string[]) => {
    const common = ['--epochs', '1', '--backend', 'wasm', '--out', join(folder, 'new', 'weights.clvm')];
    return fitCommand()
      .exitOverride()
      .parseAsync([...given, ...common], { from: 'user' });
  };
  const written = async () => {
    const decoded = decodeArtefact(await readFile(join(folder, 'new', 'weights.clvm')), sha256);
    if (!decoded.ok) throw new Error(decoded.reason);
    return decoded;
  };

  test('writes an artefact from simulated customers and prints its figures', async () => {
    await run('--simulated', '--customers', '80', '--days', '200', '--seed', '4', '--json');
    const { model, card } = await written();
    const facts = JSON.parse(printed);
    expect(facts).toMatchObject({ version: model.version, backend: 'wasm', settings: model.settings });
    expect(model.settings.structure).toBeUndefined();
    expect(facts.metrics.validationLoss).toBe(card.loss);
    expect(card).toMatchObject({ seed: 4, createdAtMs: null });
    expect(card.trainedOn).toContain('simulated customers of the training shop over 200 days');
  });

  test('writes one from recordings, passing over what is no event', async () => {
    const rows = [...simulatedHistory(250, 200, 4).events].map(
      ({ customerId, timeS, kind, amountMinor }) =>
        `${customerId},${new Date(timeS * 1000).toISOString()},${kind},${(amountMinor / 100).toFixed(2)}`,
    );
    const file = join(folder, 'shop.csv');
    await writeFile(file, ['customer_id,ts,kind,amount', ...rows, 'x,2024-01-01T00:00:00Z,campaign_sent,'].join('\n'));
    await run('--events', file, '--currency', 'GBP');
    const { model, card } = await written();
    expect(card.trainedOn).toContain('recorded events of shop');
    const { structure, tierCuts } = model.settings;
    expect(structure?.level).toBeGreaterThan(0);
    expect(structure?.value?.prior.meanMinor).toBeGreaterThan(0);
    expect(structure?.calibration?.spread).toHaveLength(4);
    expect(tierCuts[0]).toBeLessThan(tierCuts[2]);
    expect(printed).toContain('1 rows passed over');
    expect(printed).toContain('held-out loss');
  });

  test.each([
    ['neither source', []],
    ['both sources', ['--simulated', '--events', 'x.csv']],
    ['no customers', ['--simulated', '--customers', '0']],
    ['a broken number', ['--simulated', '--days', 'many']],
    ['an unknown backend', ['--simulated', '--backend', 'gpu']],
  ])('%s is refused', async (_name, given) => {
    await expect(run(...given)).rejects.toThrow();
    expect(printed).toBe('');
  });
});
