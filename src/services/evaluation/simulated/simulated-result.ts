import type { ValueDifferences, ValueMeasures } from '../../../domain/metrics/value-judgement';
import type { BaselineName } from '../baselines';

/**
 * Everything that is judged on simulated customers. oracle: the omniscient. bayes: who knows the population and what the shop sees of
 * each customer. Without the latents nobody expects a smaller squared error, or more value among those ranked highest.
 */
export type SimulatedModel = 'oracle' | 'bayes' | 'served' | 'network' | BaselineName;

/** What `evaluate --simulated --json` writes. Every figure is of made-up customers. */
export interface SimulatedEvaluation {
  readonly synthetic: true;
  readonly shop: string;
  readonly shopSeed: number;
  readonly cut: string;
  readonly horizonDays: number;
  readonly historyDays: number;
  /** Scored and judged, and how many of them had ordered before the cut. */
  readonly customers: number;
  readonly buyers: number;
  /** Per customer, major units. */
  readonly expectedSpend: number;
  /** What the oracle would expect of a span without season and promotions. */
  readonly expectedWithoutCalendar: number;
  readonly realisedSpend: number;
  /** Networks trained: figures of served and network are means over these. */
  readonly seeds: readonly number[];
  /** Spend; money in major units. */
  readonly models: Readonly<Record<SimulatedModel, ValueMeasures>>;
  /** Each model less the oracle, paired over customers: the regret. */
  readonly againstOracle: Readonly<Record<SimulatedModel, ValueDifferences>>;
  /** Share of the true expected total against the share of the customers, best ranked first; of the first seed. */
  readonly gain: Readonly<Record<SimulatedModel, readonly number[]>>;
  readonly clicks: ClicksGain;
}

/** The same network and blend, trained and scored with clicks and browses and without: on those who had ordered before the cut. */
export interface ClicksGain {
  readonly customers: number;
  readonly events: { readonly all: number; readonly ordersOnly: number };
  /** What the information is worth to who uses all of it. */
  readonly bayes: Gain;
  readonly network: Gain;
  readonly served: Gain;
}

export interface Gain {
  readonly all: ValueMeasures;
  readonly ordersOnly: ValueMeasures;
  /** All less orders only: means over the seeds, noise over customers. */
  readonly difference: ValueDifferences;
  /** Standard deviation over the seeds of that difference; null where there are not two seeds. */
  readonly seedDeviation: ValueMeasures | null;
}
