import { decileMape, deciles, decileWape, gainCurve } from '../../../src/domain/metrics/deciles';
import { errorMeasures } from '../../../src/domain/metrics/errors';
import { calibrationBins, probabilityMeasures } from '../../../src/domain/metrics/probabilities';
import { areaUnderCurve, normalizedGini } from '../../../src/domain/metrics/ranking';

describe('errors, by hand', () => {
  test('bias, MAE, RMSE, R², r', () => {
    // errors −1, 0, −2; the mean of the actual is 3; deviations −1 0 1 and −1 −1 2
    const { bias, mae, rmse, r2, r } = errorMeasures([1, 2, 3], [2, 2, 5]);
    expect(bias).toBeCloseTo(-1 / 3, 12);
    expect(mae).toBeCloseTo(1, 12);
    expect(rmse).toBeCloseTo(Math.sqrt(5 / 3), 12);
    expect(r2).toBeCloseTo(1 / 6, 12);
    expect(r).toBeCloseTo(3 / Math.sqrt(12), 12);
  });

  test('a constant prediction correlates with nothing', () => {
    expect(errorMeasures([1, 1], [0, 2]).r).toBeNaN();
  });
});

describe('ranking, by hand', () => {
  test('normalised Gini with a tie in the prediction', () => {
    // ranks of the prediction 1.5 1.5 3 4 give −1·0 −1·2 +½·1 +1½·4 = 4½; of the actual 1 3 2 4: 6½
    expect(normalizedGini([1, 1, 2, 3], [0, 2, 1, 4])).toBeCloseTo(4.5 / 6.5, 12);
  });

  test('normalised Gini: 1 for the perfect order, −1 for its reverse without ties, 0 for a constant', () => {
    expect(normalizedGini([1, 5, 9], [0, 1, 7])).toBe(1);
    expect(normalizedGini([9, 5, 1], [0, 1, 7])).toBe(-1);
    expect(normalizedGini([2, 2, 2], [0, 1, 7])).toBe(0);
  });

  test('the order of customers among equal predictions does not matter', () => {
    expect(normalizedGini([1, 1, 1, 2], [0, 3, 9, 4])).toBe(normalizedGini([1, 1, 1, 2], [9, 0, 3, 4]));
  });

  test('AUC: ties count one half', () => {
    // buyers .5 and .9 against .2 and .5: 1 + ½ + 1 + 1 of 4 pairs
    expect(areaUnderCurve([0.2, 0.5, 0.5, 0.9], [false, false, true, true])).toBeCloseTo(3.5 / 4, 12);
  });
});

describe('probabilities, by hand', () => {
  const predicted = [0.9, 0.6, 0.4, 0.1];
  const happened = [true, false, true, false];

  test('Brier, ECE, accuracy, precision, recall, F1', () => {
    const measures = probabilityMeasures(predicted, happened);
    expect(measures.brier).toBeCloseTo((0.01 + 0.36 + 0.36 + 0.01) / 4, 12);
    expect(measures.ece).toBeCloseTo((0.1 + 0.6 + 0.6 + 0.1) / 4, 12);
    expect(measures).toMatchObject({ accuracy: 0.5, precision: 0.5, recall: 0.5, f1: 0.5 });
  });

  test('unequal precision and recall', () => {
    // said 3, bought 2, both 1 of 5: true negatives 1
    const { accuracy, precision, recall, f1 } = probabilityMeasures(
      [0.8, 0.8, 0.5, 0.2, 0.3],
      [true, false, false, true, false],
    );
    expect([accuracy, precision, recall, f1]).toEqual([2 / 5, 1 / 3, 1 / 2, 2 / 5]);
  });

  test('bins: probability 1 falls into the last one', () => {
    expect(calibrationBins([1, 0.95, 0.05], [true, false, false])).toEqual([
      { customers: 1, predicted: 0.05, happened: 0 },
      { customers: 2, predicted: 0.975, happened: 0.5 },
    ]);
  });
});

describe('deciles, by hand', () => {
  test('MAPE leaves out the tenths where nothing happened, WAPE does not', () => {
    const rows = deciles([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], [20, 9, 4, 7, 0, 0, 0, 0, 0, 0]);
    expect(rows[0]).toEqual({ customers: 1, predicted: 10, actual: 20 });
    // |10−20|/20, 0, |8−4|/4, 0
    expect(decileMape(rows)).toBeCloseTo((0.5 + 0 + 1 + 0) / 4, 12);
    // 10 + 4 + (6+5+4+3+2+1) of 40
    expect(decileWape(rows)).toBeCloseTo(35 / 40, 12);
  });

  test('equal predictions share what they have', () => {
    const rows = deciles(new Array(10).fill(1), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const { actual } of rows) expect(actual).toBe(4.5);
    expect(decileMape(rows)).toBeCloseTo(3.5 / 4.5, 12);
    expect(decileWape(rows)).toBeCloseTo(35 / 45, 12);
  });

  test('23 customers fall into tenths of two or three', () => {
    const rows = deciles(
      Array.from({ length: 23 }, (_, i) => i),
      new Array(23).fill(1),
    );
    expect(rows.map(({ customers }) => customers).sort()).toEqual([2, 2, 2, 2, 2, 2, 2, 3, 3, 3]);
  });

  test('gain curve', () => {
    expect(gainCurve([4, 3, 2, 1], [6, 0, 2, 2], 4)).toEqual([0, 0.6, 0.6, 0.8, 1]);
  });
});
