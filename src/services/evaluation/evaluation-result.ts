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

/** One entry for each model of {@link MODELS}. Baselines whose packages are not installed are missing. */
export type Judgements<T> = Readonly<Record<Exclude<ModelName, BaselineName>, T> & Partial<Record<BaselineName, T>>>;

/** Figures of one model for orders or for spend: over all customers, and by orders at the cut. */
export type Judged = Judgement & { readonly byOrders: Readonly<Record<string, Judgement>> };

export interface JudgedModel {
  readonly counts: Judged;
  readonly spend: Judged;
}

export interface ChosenBaselines {
  /** The cut at which they were chosen, as ISO date, and the horizon there, days. */
  readonly cut: string;
  readonly horizonDays: number;
  /** `ranking` has the highest nGini of spend, `level` the lowest decile WAPE of spend. */
  readonly ranking: BaselineName;
  readonly level: BaselineName;
}

/** The content of `evaluate --json` for one cut. NaN becomes null. */
export interface EvaluationResult {
  readonly set: string;
  readonly cut: string;
  readonly horizonDays: number;
  /** Number of customers that were scored and judged. */
  readonly customers: number;
  /** The figures of `served` and `network` are means over these. */
  readonly seeds: readonly number[];
  readonly models: Judgements<JudgedModel>;
  /** Standard deviation over the seeds. */
  readonly seedDeviation: Readonly<Record<'served' | 'network', Readonly<Record<'counts' | 'spend', SeedDeviation>>>>;
  /** Null if the history is too short for an earlier cut. The names `chosenPeers` and `againstPeers` are keys of the report's JSON. */
  readonly chosenPeers: ChosenBaselines | null;
  /** Figures of `served` minus those of each baseline, paired over customers. */
  readonly againstPeers: Readonly<
    Partial<Record<BaselineName, Readonly<Record<'counts' | 'spend', PairedDifferences>>>>
  >;
  readonly level: { readonly records: readonly TotalRecord[]; readonly factors: readonly number[] };
  readonly paretoNbd: ParetoNbd; // days
  /** Rows that a regression was trained on, and the rows available. */
  readonly regressionRows: Readonly<Record<string, { readonly rows: number; readonly of: number }>>;
  readonly labelWindowDays: number;
  readonly notes: readonly string[];
}

export interface SeedDeviation {
  readonly spearman: number;
  readonly nGini: number;
  readonly bias: number;
}
