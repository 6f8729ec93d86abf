import type { NetworkFitter } from '../../domain/blend/network-model';
import type { CustomerEvent } from '../../domain/event';
import type { BaselineRegressor } from '../../ports/baselines';

export interface EvaluationTask {
  readonly set: string;
  /** Events of the customers to score and judge, in event-time order. */
  readonly events: readonly CustomerEvent[];
  /** Events for training, in event-time order. */
  readonly train: readonly CustomerEvent[];
  /** Midnight UTC. Models are trained on events before it only. */
  readonly cutS: number;
  readonly horizonDays: number;
  readonly seeds: readonly number[];
  readonly minorPerMajor: number;
}

export interface EvaluationSources {
  readonly baselines: readonly BaselineRegressor[];
  /** Fits the product's network on the events before a time. */
  readonly fitNetwork: NetworkFitter;
  onProgress(step: string): void;
}

export function isoDay(timeS: number): string {
  return new Date(timeS * 1000).toISOString().slice(0, 10);
}
