import type { Random } from '../domain/math/random';

/** Rows of features, standardised by the caller. */
export type FeatureRows = readonly (readonly number[])[]; // [rows, features]

export interface Regression {
  /** One value a row. */
  predict(rows: FeatureRows): number[];
  /** Frees what the library holds outside the heap. */
  dispose(): void;
}

/** A regression of a well-known kind, to be measured against. Not its business: features, scales, and what is done with what it says. */
export interface BaselineRegressor {
  readonly name: 'linear' | 'tree' | 'forest' | 'svr';
  /** More rows than this are too many for the library; the caller samples, and says so. */
  readonly mostRows: number;
  fit(rows: FeatureRows, targets: readonly number[], random: Random): Promise<Regression>;
}
