import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/adapters/system/clock';
import { sha256 } from '../../src/adapters/system/digest';
import { firstModel } from '../../src/cli/compose/first-model';
import { openPlatform } from '../../src/cli/platform/open-platform';
import { PACKAGE_DIRECTORY } from '../../src/cli/process/process';
import { readSettings } from '../../src/config/settings';
import { currencyOf } from '../../src/domain/currency';
import { encodeArtefact } from '../../src/serde/model-artefact';
import { runCommand } from '../support/cli';
import { quietObserver } from '../support/quiet-observer';

const CARD = {
  ...{ createdBy: 'test', trainedOn: 'nothing', examples: 0, loss: null, seed: 0, createdAtMs: null, parent: null },
};

describe('clv-stream model publish', () => {
  const home = mkdtempSync(join(tmpdir(), 'clv-publish-'));
  afterAll(() => rmSync(home, { recursive: true, force: true }));
  const settings = readSettings({ CLV_HOME: home, CLV_PARTITIONS: '2' });
  const environment = { CLV_HOME: home, CLV_PARTITIONS: '2' };
  const current = async () => {
    const platform = await openPlatform(settings, quietObserver([]), systemClock);
    try {
      return await platform.registry().current();
    } finally {
      await platform.close();
    }
  };

  test('puts a model into force, with its note', async () => {
    const file = join(PACKAGE_DIRECTORY, 'models', 'first-weights.clvm');
    const { version } = firstModel(settings);
    expect(await current()).toBeNull();
    const { code, stdout, stderr } = runCommand(['model', 'publish', file, '--note', 'fitted in spring'], environment);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining(`${version} is in force`) });
    expect(await current()).toMatchObject({ version, note: 'fitted in spring' });
    expect(stderr).toContain(`model ${version} does not say its currency`);
  });

  test('refuses a model of another currency, with the fix; one of the own currency goes without a word', async () => {
    const { weights, settings: own } = firstModel(settings);
    const written = (code: string) => {
      const file = join(home, `${code}.clvm`);
      writeFileSync(
        file,
        encodeArtefact({ weights, settings: { ...own, currency: currencyOf(code) }, card: CARD }, sha256),
      );
      return file;
    };
    const before = await current();
    const refused = runCommand(['model', 'publish', written('USD')], environment);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toMatch(
      /USD\.clvm is refused: other-currency: .*USD.*EUR.*clv-stream fit.*CLV_CURRENCY=USD/,
    );
    expect(await current()).toEqual(before);
    const scorer = runCommand(['score'], { ...environment, CLV_MODEL: written('USD') });
    expect({ code: scorer.code, stderr: scorer.stderr }).toEqual({
      code: 1,
      stderr: expect.stringMatching(/USD\.clvm is refused: other-currency/),
    });
    const taken = runCommand(['model', 'publish', written('EUR')], environment);
    expect(taken).toMatchObject({ code: 0, stderr: expect.not.stringContaining('currency') });
  });

  test('refuses what no scorer would take, and leaves the one in force', async () => {
    const file = join(home, 'broken.clvm');
    writeFileSync(file, 'hello');
    const before = await current();
    expect(runCommand(['model', 'publish', file], environment)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not-an-artefact'),
    });
    expect(await current()).toEqual(before);
  });
});
