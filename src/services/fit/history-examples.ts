import { ageDays, type HistoryOrigin } from '../../domain/labels/history-origins';
import { labelOf } from '../../domain/labels/origins';
import type { Random } from '../../domain/math/random';
import { type Example, exampleInputs } from '../../domain/scoring/example';
import type { ModelSettings } from '../../domain/scoring/model';
import { netOrders } from '../../domain/state/summary';
import { type Augmentation, varied } from './augmentation';
import type { Exposure } from './baseline';

/** Examples for training or for validation. All three arrays have the same order. */
export interface Examples {
  /** The forecast origins of the examples, in the same order. */
  readonly origins: readonly HistoryOrigin[];
  readonly examples: readonly Example[];
  readonly exposures: readonly Exposure[];
}

/** Labels each origin with the events up to `endS`. Origins without a closed interval are left out. */
export function examplesOf(origins: readonly HistoryOrigin[], settings: ModelSettings, endS: number): Examples {
  const kept: HistoryOrigin[] = [];
  const examples: Example[] = [];
  const exposures: Exposure[] = [];
  for (const origin of origins) {
    const label = labelOf(origin, endS);
    if (label.closedIntervals === 0) continue;
    kept.push(origin);
    examples.push({ ...exampleInputs(origin, origin.atS, settings), label });
    exposures.push({ orders: netOrders(origin.summary), days: ageDays(origin) });
  }
  return { origins: kept, examples, exposures };
}

/** The examples with the augmentation of one pass. */
export function variedExamples(
  { origins, examples }: Examples,
  settings: ModelSettings,
  augmentation: Augmentation,
  random: Random,
): readonly Example[] {
  if (augmentation.crop === 0 && augmentation.drop === 0) return examples;
  return examples.map((example, i) => {
    const { window, summary, atS } = origins[i]!;
    const seen = varied(window, augmentation, random);
    return seen === window ? example : { ...example, ...exampleInputs({ window: seen, summary }, atS, settings) };
  });
}
