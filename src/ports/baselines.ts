import type { Random } from '../domain/math/random';

/** Rows of features, standardised by the caller. */
export type FeatureRows = readonly (readonly number[])[]; // [rows, features]

export interface Regression {
  /** One value per row. */
  predict(rows: FeatureRows): number[];
  /** Frees memory of the library outside the heap. */
  dispose(): void;
}

/** A regression of a well-known kind, as a baseline. The caller is responsible for features, scaling and the use of predictions. */
export interface BaselineRegressor {
  readonly name: 'linear' | 'tree' | 'forest' | 'svr';
  /** Maximum rows that the library can handle. The caller samples if there are more, and reports it. */
  readonly mostRows: number;
  fit(rows: FeatureRows, targets: readonly number[], random: Random): Promise<Regression>;
}
