import type { TotalRecord } from '../../domain/blend/total';
import type { ParetoNbd } from '../../domain/btyd/pareto-nbd';
import type { Judgement } from '../../domain/metrics/forecast';
import type { PairedDifferences } from '../../domain/metrics/paired-bootstrap';
import type { BaselineName } from './baselines';

export const MODELS = [
  'served',
  'network',
  'pareto_nbd',
  'bg_nbd',
  'past_rate',
  'linear',
  'tree',
  'forest',
  'svr',
] as const;
export type ModelName = (typeof MODELS)[number];

/** One side of one model: over all, and by orders at the cut. */
export type Judged = Judgement & { readonly byOrders: Readonly<Record<string, Judgement>> };

export interface JudgedModel {
  readonly counts: Judged;
  readonly spend: Judged;
}

export interface ChosenBaselines {
  /** The cut they were chosen at and the horizon there; ISO date, days. */
  readonly cut: string;
  readonly horizonDays: number;
  /** Of the highest spend nGini, and of the lowest decile WAPE of spend. */
  readonly ranking: BaselineName;
  readonly level: BaselineName;
}

/** What `evaluate --json` writes of one cut; NaN becomes null. */
export interface EvaluationResult {
  readonly set: string;
  readonly cut: string;
  readonly horizonDays: number;
  /** Scored and judged. */
  readonly customers: number;
  /** Figures of served and network are means over these. */
  readonly seeds: readonly number[];
  readonly models: Readonly<Record<ModelName, JudgedModel>>;
  /** Standard deviation over the seeds. */
  readonly seedDeviation: Readonly<Record<'served' | 'network', Readonly<Record<'counts' | 'spend', SeedDeviation>>>>;
  /** null where the history is too short for an earlier cut. */
  readonly chosenBaselines: ChosenBaselines | null;
  /** Served less each baseline, paired over customers. */
  readonly againstBaselines: Readonly<Record<BaselineName, Readonly<Record<'counts' | 'spend', PairedDifferences>>>>;
  readonly level: { readonly records: readonly TotalRecord[]; readonly factors: readonly number[] };
  readonly paretoNbd: ParetoNbd; // days
  /** Rows a regression learnt from, and how many there were. */
  readonly regressionRows: Readonly<Record<string, { readonly rows: number; readonly of: number }>>;
  readonly labelWindowDays: number;
  readonly notes: readonly string[];
}

export interface SeedDeviation {
  readonly spearman: number;
  readonly nGini: number;
  readonly bias: number;
}
