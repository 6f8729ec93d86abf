import { type CustomerEvent, isMoneyKind } from '../event';
import { quantileOf } from '../math/quantile';
import { mostOrderMinor } from './capped-money';

/** The median of the orders with a value before an instant, rounded to minor units. Null without such an order. */
export function typicalOrderBefore(events: Iterable<CustomerEvent>, endS: number): number | null {
  const amounts: number[] = [];
  for (const { kind, timeS, amountMinor } of events)
    if (kind === 'order' && amountMinor > 0 && timeS < endS) amounts.push(amountMinor);
  if (amounts.length === 0) return null;
  return Math.round(quantileOf(Float64Array.from(amounts).sort(), 0.5));
}

/**
 * A history to learn from and to judge by: amounts above the cap are the cap. So an outlier changes no label, no prior and no baseline more
 * than the largest order that counts. `typicalOrderMinor` null: nothing to compare with, and no change.
 */
export function cappedAmounts(
  events: readonly CustomerEvent[],
  typicalOrderMinor: number | null,
): readonly CustomerEvent[] {
  if (typicalOrderMinor === null) return events;
  const most = mostOrderMinor(typicalOrderMinor);
  const isOutlier = ({ kind, amountMinor }: CustomerEvent) => isMoneyKind(kind) && amountMinor > most;
  if (!events.some(isOutlier)) return events;
  return events.map((event) => (isOutlier(event) ? { ...event, amountMinor: most } : event));
}
