import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { PrefixedLines } from '../../../src/cli/up/prefixed-lines';

test('lines of several processes never mix, and each names its process', async () => {
  const lines = new PrefixedLines(['serve', 'score-10']);
  const [serve, score, out] = [new PassThrough(), new PassThrough(), new PassThrough()];
  lines.copy('serve', serve, out);
  lines.copy('score-10', score, out);
  serve.write('first ha');
  score.write('a whole line\r\nno');
  serve.write('lf\n');
  const ended = Promise.all([serve, score].map((from) => new Promise((resolve) => from.once('close', resolve))));
  serve.end();
  score.end(' newline at the end');
  await ended;
  out.end();
  const written = (await text(out)).split('\n').sort();
  expect(written).toEqual(
    ['', 'score-10 | a whole line', 'score-10 | no newline at the end', 'serve    | first half'].sort(),
  );
});
