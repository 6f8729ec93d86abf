import { duration, ProgressLine, progressText } from '../../../src/cli/reports/progress-line';
import type { Clock } from '../../../src/ports/clock';

function world(isTTY: boolean, columns?: number) {
  let nowS = 1_000;
  const written: string[] = [];
  const clock: Clock = { nowMs: () => 0, elapsedS: () => nowS, sleep: async () => {} };
  const out = {
    write: (text: string | Uint8Array) => written.push(`${text}`) > 0,
    isTTY,
    ...(columns ? { columns } : {}),
  };
  const pass = (seconds: number) => {
    nowS += seconds;
  };
  return { line: new ProgressLine(out, clock), written, pass };
}

describe('the progress of long work', () => {
  test('in a file: nothing for short work, then a line now and then', () => {
    const { line, written, pass } = world(false);
    for (let second = 0; second < 35; second++) {
      line.show({ share: second / 100, text: `${second} done` });
      pass(1);
    }
    line.clear();
    expect(written).toEqual(['10 %, 90 s left: 10 done\n', '20 %, 80 s left: 20 done\n', '30 %, 70 s left: 30 done\n']);
  });

  test('in a file: a line at once for what has to be known from the start', () => {
    const { line, written } = world(false);
    line.show({ share: 0.5, text: 'half a sweep', leftS: 7_200 }, true);
    expect(written).toEqual(['50 %, 2 h 0 min left: half a sweep\n']);
  });

  test('on a terminal: one line that moves, is never wider than the terminal, and goes away', () => {
    const { line, written, pass } = world(true, 30);
    line.show({ share: null, text: 'a text that is far wider than this terminal' });
    line.show({ share: null, text: 'too soon' });
    pass(1);
    line.show({ share: null, text: 'short' });
    line.clear();
    line.clear();
    expect(written).toEqual(['\r\x1b[2Ka text that is far wider than', '\r\x1b[2Kshort', '\r\x1b[2K']);
  });

  test.each([
    [{ share: 0, text: 't' }, '0 %: t'],
    [{ share: 0.005, text: 't' }, '0 %: t'],
    [{ share: 0.999, text: 't' }, '99 %, 1 s left: t'],
    [{ share: 1.2, text: 't', leftS: 0 }, '100 %, 0 s left: t'],
    [{ share: null, text: 't' }, 't'],
  ])('%j reads "%s"', (progress, text) => expect(progressText(progress, 10)).toBe(text));

  test.each([
    [0.2, '1 s'],
    [99, '99 s'],
    [100, '2 min'],
    [3_599, '1 h 0 min'],
    [8_000, '2 h 13 min'],
    [200_000, '2 d 7 h'],
  ])('%d seconds are %s', (seconds, text) => expect(duration(seconds)).toBe(text));
});
