import type { HistoryOrigin } from '../../domain/labels/history-origins';
import type { ModelSettings } from '../../domain/scoring/model';
import { type Examples, examplesOf } from './history-examples';

/** Training and validation examples. The validation examples decide when to stop. No customer is in both. */
export interface ValidationSplit {
  readonly train: Examples;
  readonly validation: Examples;
}

/** Validates on the held-out customers, at origins over the whole history. */
export function splitByCustomer(
  origins: readonly HistoryOrigin[],
  heldOut: (customerId: string) => boolean,
  settings: ModelSettings,
  endS: number,
): ValidationSplit {
  return splitAt(origins, heldOut, settings, { splitS: Number.NEGATIVE_INFINITY, trainEndS: endS, endS });
}

/**
 * Validates on the held-out customers, at origins in the last `laterShare` of the history. Neither events nor labels of that share are
 * trained on: the labels of earlier origins have only the intervals that closed before it.
 */
export function splitByTime(
  origins: readonly HistoryOrigin[],
  heldOut: (customerId: string) => boolean,
  settings: ModelSettings,
  endS: number,
  laterShare: number,
): ValidationSplit {
  const firstS = origins.reduce((least, { atS }) => Math.min(least, atS), endS);
  const splitS = Math.floor(endS - laterShare * (endS - firstS));
  return splitAt(origins, heldOut, settings, { splitS, trainEndS: splitS, endS });
}

function splitAt(
  origins: readonly HistoryOrigin[],
  heldOut: (customerId: string) => boolean,
  settings: ModelSettings,
  { splitS, trainEndS, endS }: { splitS: number; trainEndS: number; endS: number },
): ValidationSplit {
  const learnt = origins.filter(({ customerId, atS }) => !heldOut(customerId) && atS < trainEndS);
  const judging = origins.filter(({ customerId, atS }) => heldOut(customerId) && atS >= splitS);
  return { train: examplesOf(learnt, settings, trainEndS), validation: examplesOf(judging, settings, endS) };
}
