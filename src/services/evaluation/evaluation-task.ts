import type { NetworkFitter } from '../../domain/blend/network-model';
import type { CustomerEvent } from '../../domain/event';
import type { BaselineRegressor } from '../../ports/baselines';

export interface EvaluationTask {
  readonly set: string;
  /** In event-time order: whom to score and judge. */
  readonly events: readonly CustomerEvent[];
  /** In event-time order: what may be learnt from. */
  readonly train: readonly CustomerEvent[];
  /** Midnight UTC; everything learnt comes from before it. */
  readonly cutS: number;
  readonly horizonDays: number;
  readonly seeds: readonly number[];
  readonly minorPerMajor: number;
}

export interface EvaluationSources {
  readonly baselines: readonly BaselineRegressor[];
  /** Fits the product's network on events before an instant. */
  readonly fitNetwork: NetworkFitter;
  onProgress(step: string): void;
}

export function isoDay(timeS: number): string {
  return new Date(timeS * 1000).toISOString().slice(0, 10);
}
