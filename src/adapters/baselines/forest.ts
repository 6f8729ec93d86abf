import { RandomForestRegression } from 'ml-random-forest';
import type { BaselineRegressor } from '../../ports/baselines';

const TREES = 30;

/** Random forest (ml-random-forest on ml-cart): bootstrap samples, 60 % of the features per tree. */
export const forestBaseline: BaselineRegressor = {
  name: 'forest',
  mostRows: 1_200,
  async fit(rows, targets, random) {
    const model = new RandomForestRegression({
      seed: Math.floor(random() * 2 ** 31),
      maxFeatures: 0.6,
      replacement: false,
      nEstimators: TREES,
      noOOB: true,
      treeOptions: { minNumSamples: 15, maxDepth: 8 },
      selectionMethod: 'mean',
    });
    model.train(rows, targets);
    return { predict: (rows) => [...model.predict(rows)], dispose: () => {} };
  },
};
