import { DecisionTreeRegression } from 'ml-cart';
import type { BaselineRegressor } from '../../ports/baselines';

/** One regression tree (CART, ml-cart). Its split search is quadratic in the rows, hence the limit. */
export const treeBaseline: BaselineRegressor = {
  name: 'tree',
  mostRows: 2_500,
  async fit(rows, targets) {
    const model = new DecisionTreeRegression({ minNumSamples: 30, maxDepth: 6 });
    model.train(rows, targets);
    return { predict: (rows) => [...model.predict(rows)], dispose: () => {} };
  },
};
