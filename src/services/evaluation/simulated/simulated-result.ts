import type { ValueDifferences, ValueMeasures } from '../../../domain/metrics/value-judgement';
import type { BaselineName } from '../baselines';

/**
 * All forecasters judged on simulated customers. oracle: knows everything but the random draws. bayes: knows the population and the
 * shop's observations of each customer. Without the latent values no forecaster has a smaller expected squared error than bayes,
 * or more expected value among the customers it ranks highest.
 */
export type SimulatedModel = 'oracle' | 'bayes' | 'served' | 'network' | BaselineName;

/** One entry per model. Baselines whose packages are not installed are missing. */
export type SimulatedFigures<T> = Readonly<
  Record<Exclude<SimulatedModel, BaselineName>, T> & Partial<Record<BaselineName, T>>
>;

/** The content of `evaluate --simulated --json`. Every figure is about simulated customers. */
export interface SimulatedEvaluation {
  readonly synthetic: true;
  readonly shop: string;
  readonly shopSeed: number;
  readonly cut: string;
  readonly horizonDays: number;
  readonly historyDays: number;
  /** Number of customers scored and judged. `buyers` of them had ordered before the cut. */
  readonly customers: number;
  readonly buyers: number;
  /** Per customer, major units. */
  readonly expectedSpend: number;
  /** The oracle's expectation for a span without season and promotions. */
  readonly expectedWithoutCalendar: number;
  readonly realisedSpend: number;
  /** Seeds of the trained networks. The figures of `served` and `network` are means over these. */
  readonly seeds: readonly number[];
  /** Spend; money in major units. */
  readonly models: SimulatedFigures<ValueMeasures>;
  /** The regret: each model's figures minus the oracle's, paired over customers. */
  readonly againstOracle: SimulatedFigures<ValueDifferences>;
  /** Share of the true expected total by share of the customers, highest ranked first. First seed only. */
  readonly gain: SimulatedFigures<readonly number[]>;
  readonly clicks: ClicksGain;
}

/** The same network and blend, with and without clicks and browses. Judged on customers who had ordered before the cut. */
export interface ClicksGain {
  readonly customers: number;
  readonly events: { readonly all: number; readonly ordersOnly: number };
  /** The gain of the Bayes observer, which uses all the information. */
  readonly bayes: Gain;
  readonly network: Gain;
  readonly served: Gain;
}

export interface Gain {
  readonly all: ValueMeasures;
  readonly ordersOnly: ValueMeasures;
  /** `all` minus `ordersOnly`: means over the seeds, with the noise over customers. */
  readonly difference: ValueDifferences;
  /** Standard deviation of that difference over the seeds. Null with fewer than two seeds. */
  readonly seedDeviation: ValueMeasures | null;
}
