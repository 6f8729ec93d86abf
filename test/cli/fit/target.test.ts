import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fitTarget, inTarget } from '../../../src/cli/fit/target';

describe('the folder of a fit', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'clv-target-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const events = (tensorboard: string | null, text: string) => {
    mkdirSync(join(tensorboard!, 'fit'), { recursive: true });
    writeFileSync(join(tensorboard!, 'fit', 'events'), text);
  };
  const held = () => readFileSync(join(folder, 'tensorboard', 'fit', 'events'), 'utf8');

  test('the event files of a training replace those of the one before when it has succeeded', async () => {
    events(join(folder, 'tensorboard'), 'before');
    await inTarget(fitTarget(folder), async (tensorboard) => {
      events(tensorboard, 'now');
      expect(held()).toBe('before');
    });
    expect(held()).toBe('now');
    await inTarget(fitTarget(folder), async () => {});
    expect(readdirSync(folder)).toEqual([]);
  });

  test('after a failure the earlier files are there, and nothing of the training', async () => {
    events(join(folder, 'tensorboard'), 'before');
    const failing = inTarget(fitTarget(folder), async (tensorboard) => {
      events(tensorboard, 'now');
      throw new Error('no loss');
    });
    await expect(failing).rejects.toThrow('no loss');
    expect([held(), readdirSync(folder)]).toEqual(['before', ['tensorboard']]);
  });

  test.each(['a/b', 'a/b/m.clvm'])('a new folder goes with a failure: %s', async (name) => {
    const failing = inTarget(fitTarget(join(folder, name)), async (tensorboard) => {
      if (tensorboard !== null) events(tensorboard, 'now');
      throw new Error('no loss');
    });
    await expect(failing).rejects.toThrow('no loss');
    expect(readdirSync(folder)).toEqual([]);
  });
});
