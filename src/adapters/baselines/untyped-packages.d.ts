/** Types for the parts in use of packages that have no types. */
declare module 'ml-cart' {
  export class DecisionTreeRegression {
    constructor(options?: { minNumSamples?: number; maxDepth?: number; gainThreshold?: number });
    train(rows: readonly (readonly number[])[], targets: readonly number[]): void;
    predict(rows: readonly (readonly number[])[]): number[];
  }
}

declare module 'ml-random-forest' {
  export class RandomForestRegression {
    constructor(options?: {
      seed?: number;
      maxFeatures?: number;
      replacement?: boolean;
      nEstimators?: number;
      noOOB?: boolean;
      treeOptions?: { minNumSamples?: number; maxDepth?: number };
      selectionMethod?: 'mean' | 'median';
    });
    train(rows: readonly (readonly number[])[], targets: readonly number[]): void;
    predict(rows: readonly (readonly number[])[]): number[];
  }
}

declare module 'libsvm-js/asm' {
  export = SupportVectorMachine;
  class SupportVectorMachine {
    static SVM_TYPES: { readonly EPSILON_SVR: string };
    static KERNEL_TYPES: { readonly RBF: string };
    constructor(options: {
      type: string;
      kernel: string;
      gamma: number;
      cost: number;
      epsilon: number;
      cacheSize?: number;
      quiet?: boolean;
    });
    train(rows: readonly (readonly number[])[], targets: readonly number[]): void;
    predict(rows: readonly (readonly number[])[]): number[];
    free(): void;
  }
}
