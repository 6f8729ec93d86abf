import MultivariateLinearRegression from 'ml-regression-multivariate-linear';
import type { BaselineRegressor } from '../../ports/baselines';

/** Ordinary least squares (ml-regression-multivariate-linear). */
export const linearBaseline: BaselineRegressor = {
  name: 'linear',
  mostRows: 100_000,
  async fit(rows, targets) {
    const model = new MultivariateLinearRegression(
      rows.map((row) => [...row]),
      targets.map((target) => [target]),
      { statistics: false },
    );
    return {
      predict: (rows) => model.predict(rows.map((row) => [...row])).map(([value]) => value!),
      dispose: () => {},
    };
  },
};
