import { type HyperParameterName, hyperParameterFault } from '../../../../src/services/fit/hyper-parameters';
import { drawSearchRun, SEARCH_SPACE } from '../../../../src/services/fit/search/space';

const OPTIONS = { seed: 7, fixed: {}, fromWeights: false };
const NAMES = Object.keys(SEARCH_SPACE) as HyperParameterName[];
const many = Array.from({ length: 600 }, (_, i) => drawSearchRun(i + 1, OPTIONS));

describe('what a search run tries', () => {
  test('search run 0 is the defaults; the others follow from seed and number alone', () => {
    expect(drawSearchRun(0, OPTIONS)).toEqual({});
    expect(drawSearchRun(5, OPTIONS)).toEqual(drawSearchRun(5, OPTIONS));
    expect(drawSearchRun(5, OPTIONS)).not.toEqual(drawSearchRun(6, OPTIONS));
    expect(drawSearchRun(5, OPTIONS)).not.toEqual(drawSearchRun(5, { ...OPTIONS, seed: 8 }));
  });

  test('every value is one that --set takes, and the whole of each range comes up', () => {
    for (const values of many) {
      expect(Object.keys(values).sort()).toEqual([...NAMES].sort());
      for (const name of NAMES) expect(hyperParameterFault(name, values[name]!)).toBeNull();
    }
    for (const name of NAMES) {
      const range = SEARCH_SPACE[name]!;
      const drawn = many.map((values) => values[name]!).sort((a, b) => a - b);
      if ('among' in range) {
        const shares = [...new Set(range.among)].map(
          (one) => drawn.filter((value) => value === one).length / drawn.length,
        );
        for (const share of shares) expect(share * range.among.length).toBeCloseTo(1, 0);
        continue;
      }
      // Even in the logarithm: the middle of the draws is the middle of the range.
      const middle = Math.log(drawn[300]! / range.logFrom) / Math.log(range.logTo / range.logFrom);
      expect(middle).toBeCloseTo(0.5, 1);
      expect(drawn[0]!).toBeGreaterThanOrEqual(range.logFrom);
      expect(drawn[599]!).toBeLessThanOrEqual(range.logTo);
    }
  });

  test('two values are drawn independently', () => {
    const both = many.filter(({ batchSize, epochs }) => batchSize === 128 && epochs === 8).length;
    expect(both / many.length).toBeCloseTo(1 / 12, 1);
    const sizes = new Set(many.filter(({ units }) => units === 16).map(({ headUnits }) => headUnits));
    expect(sizes.size).toBe(3);
  });

  test('what is fixed is not searched, and leaves the others as they were', () => {
    const { batchSize: _, ...others } = drawSearchRun(3, OPTIONS);
    expect(drawSearchRun(3, { ...OPTIONS, fixed: { batchSize: 77 } })).toEqual({ ...others, batchSize: 77 });
    expect(drawSearchRun(0, { ...OPTIONS, fixed: { batchSize: 77 } })).toEqual({ batchSize: 77 });
  });

  test("from another model's weights the sizes are theirs, and the pull to them is searched", () => {
    const values = drawSearchRun(3, { ...OPTIONS, fromWeights: true });
    expect(values.units).toBeUndefined();
    expect(values.headUnits).toBeUndefined();
    expect(values.pull).toBeGreaterThanOrEqual(0);
    expect(values.learningRate).toBe(drawSearchRun(3, OPTIONS).learningRate);
  });
});
