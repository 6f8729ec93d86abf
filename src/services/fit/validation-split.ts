import type { HistoryOrigin } from '../../domain/labels/history-origins';
import type { ModelSettings } from '../../domain/scoring/model';
import { type Examples, examplesOf } from './history-examples';

/** What is learnt from, and what says when to stop. No customer is in both. */
export interface ValidationSplit {
  readonly train: Examples;
  readonly validation: Examples;
}

/** The held-out customers judge, at instants all over the history. */
export function splitByCustomer(
  origins: readonly HistoryOrigin[],
  heldOut: (customerId: string) => boolean,
  settings: ModelSettings,
  endS: number,
): ValidationSplit {
  return splitAt(origins, heldOut, settings, { splitS: Number.NEGATIVE_INFINITY, trainEndS: endS, endS });
}

/**
 * The held-out customers judge, at instants of the last `laterShare` of the history; nothing from its beginning on is learnt from, no
 * label either: those of earlier origins have the intervals that had closed by then.
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
