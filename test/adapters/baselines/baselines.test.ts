import { loadBaselines } from '../../../src/adapters/baselines/all-baselines';
import { drawNormal, mulberry32 } from '../../../src/domain/math/random';

const SEED = 5;

describe.each(loadBaselines().baselines.map((baseline) => [baseline.name, baseline] as const))(
  '%s',
  (_name, baseline) => {
    /** y = 2a − b + 3 and a little noise; the third feature says nothing. */
    const random = mulberry32(SEED);
    const rows = Array.from({ length: 400 }, () => [drawNormal(random), drawNormal(random), drawNormal(random)]);
    const truth = ([a, b]: readonly number[]) => 2 * a! - b! + 3;
    const targets = rows.map((row) => truth(row) + 0.1 * drawNormal(random));

    test(`learns a plane well enough to explain most of it (seed ${SEED})`, async () => {
      const regression = await baseline.fit(rows.slice(0, 300), targets.slice(0, 300), mulberry32(1));
      const rest = rows.slice(300);
      const predicted = regression.predict(rest);
      regression.dispose();
      const squared = predicted.reduce((sum, value, i) => sum + (value - truth(rest[i]!)) ** 2, 0) / rest.length;
      expect(predicted).toHaveLength(100);
      expect(squared).toBeLessThan(3); // the variance is 5; a third of the trees of the forest lack one of the two features
    });

    test('the same rows and seed give the same answers', async () => {
      const ask = async () => {
        const regression = await baseline.fit(rows.slice(0, 60), targets.slice(0, 60), mulberry32(9));
        const predicted = regression.predict(rows.slice(60, 80));
        regression.dispose();
        return predicted;
      };
      expect(await ask()).toEqual(await ask());
    });
  },
);

describe('a package that is not installed', () => {
  const failing = (code: string, message: string) => {
    const load = (): never => {
      throw Object.assign(new Error(message), { code });
    };
    return [{ name: 'tree', package: 'ml-cart', load } as const];
  };

  test('is named, and its baseline left out', () => {
    const loaded = loadBaselines(failing('MODULE_NOT_FOUND', "Cannot find module 'ml-cart'\nRequire stack:"));
    expect(loaded).toEqual({ baselines: [], missing: ['ml-cart'] });
  });

  test('is distinguished from one that is installed and does not load', () => {
    expect(() => loadBaselines(failing('ERR_DLOPEN_FAILED', "'ml-cart' is broken"))).toThrow('is broken');
    expect(() => loadBaselines(failing('MODULE_NOT_FOUND', "Cannot find module 'another'"))).toThrow('another');
  });
});

test('every kind is there in a development installation', () => {
  expect(loadBaselines()).toMatchObject({ baselines: { length: 4 }, missing: [] });
});
