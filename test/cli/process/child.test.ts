import { startChild } from '../../../src/cli/process/child';

test('many children need one listener for the end of this process: Node warns of a leak at more than ten', async () => {
  const before = process.listenerCount('exit');
  const children = Array.from({ length: 12 }, () =>
    startChild(['--version'], { environment: {}, stdout: 'ignore', stderr: 'pipe' }),
  );
  expect(process.listenerCount('exit')).toBe(before + 1);
  const ends = await Promise.all(children.map(({ ended }) => ended));
  expect(ends.every(({ code }) => code === 0)).toBe(true);
  expect(process.listenerCount('exit')).toBe(before);
});
