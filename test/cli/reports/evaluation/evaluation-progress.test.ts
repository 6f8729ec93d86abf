import { EvaluationProgress } from '../../../../src/cli/reports/evaluation/evaluation-progress';
import { ProgressLine } from '../../../../src/cli/reports/progress-line';
import type { NetworkFitter } from '../../../../src/domain/blend/network-model';

test('counts passes and fits, never falls, and ends at the whole', async () => {
  const shown: string[] = [];
  let nowS = 0;
  const clock = { nowMs: () => 0, elapsedS: () => ++nowS, sleep: async () => {} };
  const out = { write: (text: string | Uint8Array) => shown.push(`${text}`) > 0, isTTY: true };
  const progress = new EvaluationProgress(new ProgressLine(out, clock), 4);
  const fitted = {} as Awaited<ReturnType<NetworkFitter>>;
  progress.expect(2);
  progress.begin('network, seed 1');
  const counted = progress.counting(async (_events, _endS, seed) => {
    for (const [epoch, done] of [
      [1, 0.5],
      [4, 1],
      [1, 0],
    ] as const)
      progress.onPass({ phase: 'training', epoch, done, loss: 1 });
    if (seed === 2) throw new Error('too little history');
    return fitted;
  });
  expect(await counted([], 0, 1)).toBe(fitted);
  await expect(counted([], 0, 2)).rejects.toThrow('too little history');
  const shares = shown.flatMap((line) => /(\d+) %/.exec(line)?.[1] ?? []).map(Number);
  expect(shares).toEqual([0, 6, 50, 50, 50, 56, 100, 100, 100]);
  expect(shown.at(-1)).toContain('evaluate: network, seed 1');
});
