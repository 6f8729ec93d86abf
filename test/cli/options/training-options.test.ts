import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { sha256 } from '../../../src/adapters/system/digest';
import { describeShape } from '../../../src/cli/options/network-options';
import { type TrainingArguments, trainingSetup, withTrainingOptions } from '../../../src/cli/options/training-options';
import { PACKAGE_DIRECTORY } from '../../../src/cli/process/process';
import { FEATURE_FINGERPRINT } from '../../../src/domain/features/features';
import { DEFAULT_SHAPE } from '../../../src/domain/network/shape';
import { DEFAULT_AUGMENTATION, NO_AUGMENTATION } from '../../../src/services/fit/augmentation';
import { DEFAULT_PRETRAIN } from '../../../src/services/fit/pretrain';

const FIRST_WEIGHTS = join(PACKAGE_DIRECTORY, 'models', 'first-weights.clvm');

function parsed(...given: string[]): TrainingArguments {
  const command = withTrainingOptions(new Command())
    .exitOverride()
    .configureOutput({ writeErr: () => {} });
  return command.parse(given, { from: 'user' }).opts<TrainingArguments>();
}

describe('options of a training', () => {
  test('none are the defaults', async () => {
    expect(await trainingSetup(parsed())).toEqual({
      options: { ...DEFAULT_PRETRAIN, shape: DEFAULT_SHAPE },
      start: null,
    });
  });

  test('--set changes what it names, and wins over --augment', async () => {
    const { options } = await trainingSetup(parsed('--augment', '--set', 'batchSize=64', 'drop=0', '--set', 'units=8'));
    expect(options).toMatchObject({ batchSize: 64, shape: { units: 8 }, learningRate: DEFAULT_PRETRAIN.learningRate });
    expect(options.augmentation).toEqual({ crop: DEFAULT_AUGMENTATION.crop, drop: 0 });
    expect((await trainingSetup(parsed())).options.augmentation).toEqual(NO_AUGMENTATION);
  });

  test('--cell, --layers and --attention make another network; other values are refused', async () => {
    const { options } = await trainingSetup(
      parsed('--cell', 'gru', '--layers', '2', '--attention', '--set', 'units=8'),
    );
    expect(options.shape).toEqual({ ...DEFAULT_SHAPE, cell: 'gru', layers: 2, attention: true, units: 8 });
    expect(describeShape(options.shape)).toBe(
      '2 layers of GRU of 8 units, attention over the kept events, heads of 32',
    );
    for (const refused of [
      ['--cell', 'transformer'],
      ['--layers', '4'],
      ['--layers', '0'],
    ])
      expect(() => parsed(...refused)).toThrow();
  });

  test('--ensemble trains several; not with attention', async () => {
    expect((await trainingSetup(parsed('--ensemble', '3'))).options.members).toBe(3);
    await expect(trainingSetup(parsed('--ensemble', '3', '--attention'))).rejects.toThrow(
      'use --ensemble without --attention',
    );
    expect(() => parsed('--ensemble', '9')).toThrow();
  });

  test('--init starts from the weights of a model, in its shape', async () => {
    const { options, start } = await trainingSetup(parsed('--init', FIRST_WEIGHTS, '--set', 'pull=0.1'));
    expect(options.start).toBe(start!.model.weights);
    expect(options.shape).toEqual(start!.model.weights.shape);
    expect(options.pull).toBe(0.1);
  });

  describe('what can not be started from', () => {
    const folder = mkdtempSync(join(tmpdir(), 'clv-init-'));
    afterAll(() => rmSync(folder, { recursive: true }));
    const refusal = async (bytes: Uint8Array) => {
      const file = join(folder, 'model.clvm');
      writeFileSync(file, bytes);
      return trainingSetup(parsed('--init', file)).then(
        () => 'taken',
        (error: Error) => error.message,
      );
    };

    test('a model of other inputs is refused with the next step', async () => {
      const bytes = readFileSync(FIRST_WEIGHTS);
      const other = FEATURE_FINGERPRINT.replace(/.$/, '?');
      const content = Buffer.from(
        bytes.subarray(0, -32).toString('latin1').replace(FEATURE_FINGERPRINT, other),
        'latin1',
      );
      const message = await refusal(Buffer.concat([content, Buffer.from(sha256(content), 'hex')]));
      expect(message).toContain("model.clvm: its inputs differ from this program's");
      expect(message).toContain(FEATURE_FINGERPRINT);
      expect(message).toContain('run clv-stream fit');
    });

    test('a file that is no model', async () => {
      expect(await refusal(Buffer.from('hello'))).toContain('not-an-artefact');
    });
  });

  test.each([
    ['an unknown name', 'momentum=0.9', /one of the names learningRate, batchSize/],
    ['a value out of range', 'batchSize=0', /batchSize must be a whole number from 1/],
    ['no number', 'batchSize=many', /not NaN/],
    ['no value', 'batchSize', /name=value/],
    ['a name of every object', 'constructor=1', /name=value/],
  ])('%s is refused', (_case, text, message) => {
    expect(() => parsed('--set', text)).toThrow(message);
  });
});
