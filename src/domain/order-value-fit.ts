import type { OrderValuePrior } from './model';
import type { RunningSummary } from './summary';
import { type EventWindow, kindOf } from './window';

/** Customers with an order of value above 0 below which the prior is left as it is. */
const MIN_CUSTOMERS = 50;
const MIN_REPEATERS = 20;
/** Bounds of the prior's weight, in orders. */
const WEIGHT_RANGE = [0.5, 20] as const;

/**
 * Prior of the mean order value by credibility theory (Bühlmann and Straub 1970): mean = what an unknown customer's order is worth, weight =
 * relative variance of orders within customers ÷ relative variance of customers' means between them. Orders are taken from the kept
 * windows, relative to their customer's mean, because spread grows with the mean. Too few customers leave the given prior as it is.
 */
export function fitOrderValuePrior(
  states: readonly { readonly window: EventWindow; readonly summary: RunningSummary }[],
  prior: OrderValuePrior,
): OrderValuePrior {
  const buyers = states.map(({ summary }) => summary).filter((summary) => summary.valued > 0);
  if (buyers.length < MIN_CUSTOMERS) return prior;
  const within = withinVariance(states);
  if (within === null) return prior;
  const means = buyers.map(({ placedMinor, valued }) => placedMinor / valued);
  const meanMinor = average(means);
  // The variance of observed means holds the noise of few orders too: taken off.
  const noise = within * average(buyers.map(({ valued }) => 1 / valued));
  const between = average(means.map((mean) => (mean / meanMinor - 1) ** 2)) - noise;
  const [least, most] = WEIGHT_RANGE;
  const weight = between > 0 ? Math.min(most, Math.max(least, within / between)) : most;
  return { meanMinor, weight };
}

/** Pooled variance of order values ÷ own mean², over customers with two or more kept orders; null with too few of them. */
function withinVariance(states: readonly { readonly window: EventWindow }[]): number | null {
  let squares = 0;
  let degrees = 0;
  let repeaters = 0;
  for (const { window } of states) {
    const values = window.events.filter((event) => kindOf(event) === 'order' && event.amountMinor > 0);
    if (values.length < 2) continue;
    const mean = average(values.map(({ amountMinor }) => amountMinor));
    squares += values.reduce((sum, { amountMinor }) => sum + (amountMinor / mean - 1) ** 2, 0);
    degrees += values.length - 1;
    repeaters++;
  }
  return repeaters < MIN_REPEATERS ? null : squares / degrees;
}

const average = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
