import SupportVectorMachine from 'libsvm-js/asm';
import type { BaselineRegressor } from '../../ports/baselines';

/**
 * ε-insensitive support vector regression with a radial kernel (LIBSVM 3.22 as libsvm-js). Targets are divided by their standard deviation.
 */
export const supportVectorBaseline: BaselineRegressor = {
  name: 'svr',
  mostRows: 3_000,
  async fit(rows, targets) {
    const model = new SupportVectorMachine({
      type: SupportVectorMachine.SVM_TYPES.EPSILON_SVR,
      kernel: SupportVectorMachine.KERNEL_TYPES.RBF,
      gamma: 1 / (rows[0]?.length ?? 1),
      cost: 1,
      epsilon: 0.1,
      cacheSize: 200,
      quiet: true,
    });
    const middle = targets.reduce((sum, target) => sum + target, 0) / targets.length;
    const variance = targets.reduce((sum, target) => sum + (target - middle) ** 2, 0) / targets.length;
    const scale = Math.sqrt(variance) || 1;
    model.train(
      rows,
      targets.map((target) => (target - middle) / scale),
    );
    return {
      predict: (rows) => model.predict(rows).map((value) => middle + scale * value),
      dispose: () => model.free(),
    };
  },
};
