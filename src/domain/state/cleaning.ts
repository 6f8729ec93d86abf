import { ATTRIBUTES } from '../attributes';
import { type CustomerEvent, SECONDS_PER_DAY } from '../event';

/**
 * The kinds of cleaning of the inputs to the network and to the order values. Cleaning never changes the historic figures: counts and
 * money of the past stay as they were sent.
 */
export const CLEANINGS = [
  'cancelled-order',
  'voided-order',
  'outlying-amount',
  'outlying-items',
  'outlying-dwell',
  'missing-amount',
  'missing-items',
  'missing-dwell',
  'missing-stars',
  'missing-attribute',
] as const;
export type Cleaning = (typeof CLEANINGS)[number];

/** A refund of the full amount within this time counts as a cancellation. */
export const VOIDED_WITHIN_S = SECONDS_PER_DAY;
/** Cap on an amount, in typical orders. */
export const MOST_TYPICAL_ORDERS = 100;
/** Cap on the items of one order. */
export const MOST_ITEMS = 10_000;
/** Cap on a page's dwell time. After a longer stay we assume that the page was left open. */
export const MOST_DWELL_S = 3_600;

/** Amount for the features, in units of the shop's typical order. */
export function cleanAmount(amountMinor: number, typicalOrderMinor: number): number {
  return Math.min(amountMinor / typicalOrderMinor, MOST_TYPICAL_ORDERS);
}

export function cleanItems(items: number): number {
  return Math.min(items, MOST_ITEMS);
}

export function cleanDwellS(dwellS: number): number {
  return Math.min(dwellS, MOST_DWELL_S);
}

/** Whether a return voids an order of the same customer. A cancellation does at any time, a refund only within {@link VOIDED_WITHIN_S}. */
export function voids(
  returned: { readonly cancels: boolean; readonly timeS: number; readonly amountMinor: number },
  order: { readonly timeS: number; readonly amountMinor: number },
): boolean {
  if (returned.amountMinor === 0 || returned.amountMinor !== order.amountMinor) return false;
  const gapS = returned.timeS - order.timeS;
  return gapS >= 0 && (returned.cancels || gapS <= VOIDED_WITHIN_S);
}

/** The cleanings that one event shows by itself. Voided orders are missing: they need the pair of order and refund. */
export function cleaningsOf(event: CustomerEvent, typicalOrderMinor: number): Cleaning[] {
  const found: Cleaning[] = [];
  const { kind, amountMinor, items, dwellS, stars } = event;
  if (kind === 'cancel') found.push('cancelled-order');
  if (kind === 'order') {
    if (amountMinor === 0) found.push('missing-amount');
    if (items === 0) found.push('missing-items');
    if (items > MOST_ITEMS) found.push('outlying-items');
  }
  if (amountMinor > MOST_TYPICAL_ORDERS * typicalOrderMinor) found.push('outlying-amount');
  if (kind === 'browse') {
    if (dwellS === 0) found.push('missing-dwell');
    if (dwellS > MOST_DWELL_S) found.push('outlying-dwell');
  }
  if (kind === 'review' && stars === 0) found.push('missing-stars');
  const { attributes } = event;
  if (attributes && ATTRIBUTES.some((name) => attributes[name] === null)) found.push('missing-attribute');
  return found;
}
