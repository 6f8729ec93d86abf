import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../src/adapters/system/digest';
import { fitCommand } from '../../src/cli/commands/fit';
import { simulatedHistory } from '../../src/cli/fit/history';
import { PACKAGE_DIRECTORY } from '../../src/cli/process/process';
import { FEATURE_FINGERPRINT } from '../../src/domain/features/features';
import { decodeArtefact } from '../../src/serde/model-artefact';
import { toStoredSettings } from '../../src/serde/stored-settings';
import { randomOrders } from '../support/random-orders';

/** Trains on WebAssembly: slow where the machine is busy. */
jest.setTimeout(240_000);

describe('clv-stream fit', () => {
  let folder: string;
  let printed = '';
  let errors = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'clv-fit-'));
    printed = '';
    errors = '';
    jest.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed += text;
      return true;
    });
    jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
      errors += text;
      return true;
    });
  });
  afterEach(async () => {
    jest.restoreAllMocks();
    await rm(folder, { recursive: true });
  });

  const out = () => join(folder, 'new', 'shop');
  const run = (...given: string[]) =>
    fitCommand()
      .exitOverride()
      .parseAsync(['--out', out(), '--epochs', '1', '--backend', 'wasm', ...given], { from: 'user' });
  const written = async (path: string) => {
    const decoded = decodeArtefact(await readFile(path), sha256);
    if (!decoded.ok) throw new Error(decoded.reason);
    return decoded;
  };
  const eventFile = async (customers = 250) => {
    const rows = [...simulatedHistory(customers, 200, 4).events].map(
      ({ customerId, timeS, kind, amountMinor }) =>
        `${customerId},${new Date(timeS * 1000).toISOString()},${kind},${(amountMinor / 100).toFixed(2)}`,
    );
    const file = join(folder, 'shop.csv');
    await writeFile(file, ['customer_id,ts,kind,amount', ...rows, 'x,2024-01-01T00:00:00Z,campaign_sent,'].join('\n'));
    return file;
  };

  test('a name that ends in .clvm is the artefact alone; its figures as JSON', async () => {
    const file = join(folder, 'new', 'weights.clvm');
    await run('--simulated', '--customers', '80', '--days', '200', '--seed', '4', '--json', '--out', file);
    const { model, card } = await written(file);
    const facts = JSON.parse(printed);
    expect(facts).toMatchObject({ out: file, version: model.version, settings: toStoredSettings(model.settings) });
    expect(model.settings.structure).toBeUndefined();
    expect(facts.metrics.validationLoss).toBe(card.loss);
    expect(card).toMatchObject({ seed: 4, createdAtMs: null });
    expect(card.trainedOn).toContain('simulated customers of the training shop over 200 days');
    expect(card.trainedUntilS).toBeUndefined();
    expect(await readdir(join(folder, 'new'))).toEqual(['weights.clvm']);
  });

  test('from event files, a folder: blended artefact, card for machines and for people, loss curve; what to do next', async () => {
    await run('--events', await eventFile(800), '--currency', 'GBP');
    expect((await readdir(out())).sort()).toEqual(['loss.svg', 'model-card.json', 'model-card.md', 'model.clvm']);
    const bytes = await readFile(join(out(), 'model.clvm'));
    const { model, card: inside } = await written(join(out(), 'model.clvm'));
    expect(inside.trainedOn).toContain('recorded events of shop');
    // Questions of that time are not judged by this model.
    expect(inside.trainedUntilS).toBeGreaterThan(1e9);
    const { structure, tierCuts } = model.settings;
    expect(structure?.level).toBeGreaterThan(0);
    expect(structure?.value?.prior.meanMinor).toBeGreaterThan(0);
    expect(structure?.calibration?.logSpendSigma).toHaveLength(4);
    expect(tierCuts[0]).toBeLessThan(tierCuts[2]);

    const card = JSON.parse(await readFile(join(out(), 'model-card.json'), 'utf8'));
    expect(card).toMatchObject({
      version: model.version,
      file: 'model.clvm',
      sha256: sha256(bytes.subarray(0, -32)),
      data: {
        currency: 'GBP',
        firstEvent: expect.stringMatching(/^2024-01-0/),
        passedOver: [{ why: 'kind campaign_sent is no input', count: 1 }],
      },
      training: { seed: 1, backend: 'WebAssembly', options: { epochs: 1, batchSize: 1024 }, bestEpoch: 1 },
      features: { fingerprint: FEATURE_FINGERPRINT },
      heldOut: { loss: inside.loss, baselines: [{ name: 'own past rate' }, { name: 'one rate for all' }] },
      settings: JSON.parse(JSON.stringify(toStoredSettings(model.settings))),
    });
    expect(card.version).toBe(`m-${card.sha256.slice(0, 12)}`);
    expect(Date.parse(card.data.lastEvent)).toBeLessThan(Date.parse(card.data.cut));
    // The backtest's epochs are not among them.
    expect(card.training.epochs).toHaveLength(1);
    expect(card.training.epochs[0].validationLoss).toBe(card.heldOut.loss);

    const page = await readFile(join(out(), 'model-card.md'), 'utf8');
    for (const part of [model.version, card.sha256, 'kind campaign_sent', 'Pareto/NBD', 'Limits of use', 'loss.svg']) {
      expect(page).toContain(part);
    }
    expect(page).not.toMatch(/undefined|NaN|\[object/);
    expect(await readFile(join(out(), 'loss.svg'), 'utf8')).toContain('held out');
    expect(printed).toContain('1 row left out');
    expect(printed).toContain('held-out loss');
    expect(printed).toContain(`CLV_MODEL=${join(out(), 'model.clvm')}`);
    expect(card.heldOut).toMatchObject({ recommended: true, gain: { proven: true } });
    expect(inside.notRecommended).toBeUndefined();
    expect(errors).toContain('no TensorBoard files');
  });

  test('orders at random give no recommended model: report, cards and artefact say why, and what to do', async () => {
    await writeFile(join(folder, 'random.csv'), randomOrders(300));
    await run('--events', join(folder, 'random.csv'), '--epochs', '8', '--set', 'window=4');
    const why =
      /not better than one rate for all beyond chance \(gain .\d\.\d{4} nats per example, 95 % interval .* to .*, \d\d held-out customers\)/;
    expect(printed).toMatch(why);
    expect(printed).toContain('Do not put it into force: train on a longer history');
    expect(printed).not.toContain('CLV_MODEL=');
    const { heldOut, limits } = JSON.parse(await readFile(join(out(), 'model-card.json'), 'utf8'));
    expect(heldOut).toMatchObject({ recommended: false, gain: { proven: false } });
    expect(heldOut.gain.low).toBeLessThanOrEqual(0);
    expect(limits[0]).toMatch(why);
    expect(await readFile(join(out(), 'model-card.md'), 'utf8')).toMatch(why);
    expect((await written(join(out(), 'model.clvm'))).card.notRecommended).toMatch(why);
  });

  test('--attributes: the values that enough customers have are inputs, and the card names them; a faulty table is refused', async () => {
    const events = await eventFile();
    const table = join(folder, 'people.csv');
    const ids = Array.from({ length: 400 }, (_, i) => `customer-${i + 1}`);
    const rows = ids.map((id, i) => `${id},${i % 2 ? '18-24' : '25-34'},${i % 3 ? 'north' : ''}`);
    await writeFile(table, ['customer_id,age_band,region', ...rows].join('\n'));
    await run('--events', events, '--attributes', table);
    const { model } = await written(join(out(), 'model.clvm'));
    const { ageBand, region, channel } = model.settings.attributes!;
    expect([[...ageBand].sort(), region, channel]).toEqual([['18-24', '25-34'], ['north'], []]);
    const card = JSON.parse(await readFile(join(out(), 'model-card.json'), 'utf8'));
    expect(card.data.source).toContain("recorded events of shop, with people's attributes of ");
    expect(printed).toContain('customers with an unknown attribute');
    expect(printed).toMatch(/attributes: \d+ profiles; values with an input: ageBand 2, region 1, channel 0/);

    await writeFile(table, 'customer_id,age\na,30\n');
    const failed = jest.spyOn(console, 'error').mockImplementation(() => undefined);
    await run('--events', events, '--attributes', table);
    expect(failed).toHaveBeenCalledWith(expect.stringContaining('people has columns that are no attributes (age): '));
    await writeFile(table, 'customer_id,region\n0001,north\n');
    await run('--events', events, '--attributes', table);
    expect(failed).toHaveBeenCalledWith(expect.stringContaining('none of the 1 customers of people has an event: '));
    process.exitCode = undefined;
  });

  test('--attributes without event files is refused with what to do', async () => {
    await expect(run('--simulated', '--attributes', 'people.csv')).rejects.toThrow();
    expect(errors).toContain('--attributes needs --events');
  });

  test('a history too short for 90 days says so, and prints no figure that is none', async () => {
    await run('--simulated', '--customers', '300', '--days', '80');
    expect(printed).toContain('no rank correlation');
    const page = await readFile(join(out(), 'model-card.md'), 'utf8');
    expect(page).toContain('next 90 days | **none** | none |');
    expect(`${printed}${page}`).not.toMatch(/undefined|NaN|null/);
  });

  test('--until leaves out what comes later', async () => {
    await run('--events', await eventFile(), '--until', '2024-05-01');
    const { data } = JSON.parse(await readFile(join(out(), 'model-card.json'), 'utf8'));
    expect(data.cut).toBe('2024-05-01T00:00:00.000Z');
    expect(data.lastEvent.slice(0, 7)).toBe('2024-04');
    expect(data.source).toContain('recorded events of shop, before 2024-05-01');
  });

  test("--init starts from another model's weights, and both cards name it", async () => {
    const init = join(PACKAGE_DIRECTORY, 'models', 'first-weights.clvm');
    await run('--simulated', '--customers', '80', '--days', '200', '--init', init, '--set', 'pull=0.01');
    const { card } = await written(join(out(), 'model.clvm'));
    const first = await written(init);
    expect(card.parent).toBe(first.model.version);
    const { training } = JSON.parse(await readFile(join(out(), 'model-card.json'), 'utf8'));
    expect(training.startedFrom).toEqual({ version: first.model.version, trainedOn: first.card.trainedOn });
    expect(training.options).toMatchObject({ pull: 0.01, batchSize: 1024 });
    expect(training.options.start).toBeUndefined();
    expect(await readFile(join(out(), 'model-card.md'), 'utf8')).toContain(`heads of ${first.model.version}`);
    expect(errors).toContain(`starting from ${first.model.version}`);
  });

  test('another network: in the artefact, on the card', async () => {
    await run('--simulated', '--customers', '80', '--days', '200', '--cell', 'gru', '--layers', '2', '--attention');
    const { model } = await written(join(out(), 'model.clvm'));
    expect(model.weights.shape).toMatchObject({ cell: 'gru', layers: 2, attention: true });
    const page = await readFile(join(out(), 'model-card.md'), 'utf8');
    expect(page).toContain('2 layers of GRU of 32 units, attention over the kept events, heads of 32');
  });

  test('an event file that cannot be read is reported in one line', async () => {
    const complained = jest.spyOn(console, 'error').mockImplementation(() => {});
    await run('--events', join(folder, 'none.csv'));
    expect(process.exitCode).toBe(1);
    process.exitCode = undefined;
    expect(complained.mock.calls).toEqual([[expect.stringMatching(/^clv-stream fit: .*none\.csv/)]]);
  });

  test.each([
    ['neither source', []],
    ['both sources', ['--simulated', '--events', 'x.csv']],
    ['no customers', ['--simulated', '--customers', '0']],
    ['a broken number', ['--simulated', '--days', 'many']],
    ['a day that is none', ['--simulated', '--until', 'soon']],
    ['an unknown backend', ['--simulated', '--backend', 'gpu']],
  ])('%s is refused', async (_name, given) => {
    await expect(run(...given)).rejects.toThrow();
    expect(printed).toBe('');
  });
});
