import { ATTRIBUTES } from '../attributes';
import { type CustomerEvent, SECONDS_PER_DAY } from '../event';

/**
 * What is done to an input on its way into the network and the order values. Nothing of it touches the historic figures: counts and
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

/** A refund of an order's whole amount so soon after it is a cancellation by another name. */
export const VOIDED_WITHIN_S = SECONDS_PER_DAY;
/** An order above so many typical ones counts as so many. */
export const MOST_TYPICAL_ORDERS = 100;
/** More items than this in one order count as this. */
export const MOST_ITEMS = 10_000;
/** A page looked at for longer was left open. */
export const MOST_DWELL_S = 3_600;

/** An amount of money as the features take it, in units of the shop's typical order. */
export function cleanAmount(amountMinor: number, typicalOrderMinor: number): number {
  return Math.min(amountMinor / typicalOrderMinor, MOST_TYPICAL_ORDERS);
}

export function cleanItems(items: number): number {
  return Math.min(items, MOST_ITEMS);
}

export function cleanDwellS(dwellS: number): number {
  return Math.min(dwellS, MOST_DWELL_S);
}

/** Whether a return voids an order of the same customer: a cancellation at any time, a refund within a day. */
export function voids(
  returned: { readonly cancels: boolean; readonly timeS: number; readonly amountMinor: number },
  order: { readonly timeS: number; readonly amountMinor: number },
): boolean {
  if (returned.amountMinor === 0 || returned.amountMinor !== order.amountMinor) return false;
  const gapS = returned.timeS - order.timeS;
  return gapS >= 0 && (returned.cancels || gapS <= VOIDED_WITHIN_S);
}

/** What is cleaned in one event by itself; a voided order shows only beside its return. */
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
