import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '../../src/adapters/system/clock';
import { firstModel } from '../../src/cli/compose/first-model';
import { openPlatform } from '../../src/cli/platform/open-platform';
import { PACKAGE_DIRECTORY } from '../../src/cli/process/process';
import { readSettings } from '../../src/config/settings';
import { runCommand } from '../support/cli';
import { quietObserver } from '../support/quiet-observer';

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
    const { code, stdout } = runCommand(['model', 'publish', file, '--note', 'fitted in spring'], environment);
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining(`${version} is in force`) });
    expect(await current()).toMatchObject({ version, note: 'fitted in spring' });
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
