import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadNative } from '../../../src/adapters/tensorflow/backend';
import { fitCommand } from '../../../src/cli/commands/fit';

const NAME = 'fit on the native library writes event files; those of an earlier training go, other files stay';

// A file of its own: the two backends of TensorFlow.js share one process badly.
if (loadNative(1).tf !== null || process.env.CI === 'true') {
  test(NAME, async () => {
    const folder = await mkdtemp(join(tmpdir(), 'clv-fit-'));
    const silent = () => true;
    const stdout = jest.spyOn(process.stdout, 'write').mockImplementation(silent);
    jest.spyOn(process.stderr, 'write').mockImplementation(silent);
    try {
      const events = join(folder, 'tensorboard', 'fit');
      await mkdir(events, { recursive: true });
      await writeFile(join(events, 'events.out.tfevents.old'), 'of before');
      await writeFile(join(folder, 'notes.txt'), 'mine');
      const given = ['--simulated', '--customers', '80', '--days', '200', '--epochs', '2', '--backend', 'native'];
      await fitCommand()
        .exitOverride()
        .parseAsync([...given, '--threads', '1', '--out', folder], { from: 'user' });
      expect((await readdir(folder)).sort()).toEqual([
        'loss.svg',
        'model-card.json',
        'model-card.md',
        'model.clvm',
        'notes.txt',
        'tensorboard',
      ]);
      const files = await readdir(events);
      expect(files).toHaveLength(1);
      const content = await readFile(join(events, files[0]!));
      const times = (name: string) => content.toString('latin1').split(name).length - 1;
      expect([times('loss/training'), times('loss/held out')]).toEqual([2, 2]);
      expect(stdout.mock.calls.join()).toContain(`tensorboard --logdir ${join(folder, 'tensorboard')}`);
    } finally {
      jest.restoreAllMocks();
      await rm(folder, { recursive: true });
    }
  });
} else {
  test.skip(`${NAME}: skipped, the library does not load; scripts/build-tfjs-native builds it`, () => {});
}
