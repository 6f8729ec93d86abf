import { best, rungsOf } from '../../../../src/services/fit/search/halving';

describe('successive halving', () => {
  test.each([
    [1, [[1, 1]]],
    [2, [[2, 1]]],
    [
      3,
      [
        [3, 0.5],
        [2, 1],
      ],
    ],
    [
      8,
      [
        [8, 0.25],
        [4, 0.5],
        [2, 1],
      ],
    ],
    [
      20,
      [
        [20, 0.125],
        [10, 0.25],
        [5, 0.5],
        [3, 1],
      ],
    ],
  ])('%d search runs', (trials, rungs) => {
    expect(rungsOf(trials, 1e6, 500).map((rung) => [rung.trials, rung.share])).toEqual(rungs);
  });

  test('no rung learns from fewer customers than tell trainings apart, nor from more than there are', () => {
    expect(rungsOf(8, 1_000, 500).map(({ share }) => share)).toEqual([0.5, 0.5, 1]);
    expect(rungsOf(8, 100, 500).map(({ share }) => share)).toEqual([1, 1, 1]);
  });

  test('keeps the best, ties to the earlier, failures last', () => {
    const scored = [3, Number.POSITIVE_INFINITY, 1, 2, 1, Number.NaN].map((score, trial) => ({ trial, score }));
    expect(best(scored, 3)).toEqual([2, 4, 3]);
    expect(best(scored, 6)).toEqual([2, 4, 3, 0, 1, 5]);
    expect(best([...scored].reverse(), 4)).toEqual([2, 4, 3, 0]);
  });
});
