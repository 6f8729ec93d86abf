import { EVENT_KINDS } from '../event';
import { MOST_TYPICAL_ORDERS } from './cleaning';
import { netValue, type RunningSummary } from './summary';
import { NOT_VOIDED } from './voided-orders';
import type { EventWindow } from './window';

const ORDER = EVENT_KINDS.indexOf('order');

/**
 * Orders from before the window count with at most this many times the customer's usual order each, and one of them with the cap. The
 * state has only their sum, so an outlier among them can't be told from the others. The factor is wide, so that it does not touch a
 * customer whose orders have become smaller.
 */
const OLDER_ORDERS = 4;

/** The parts of a state that money is read from. */
export interface MoneyHistory {
  readonly summary: RunningSummary;
  readonly window: EventWindow;
}

/** The money of a customer with the cap on amounts, minor units. */
export interface CappedMoney {
  /** Number and sum of the net orders with a value above 0. */
  readonly valued: number;
  readonly minor: number;
  /** Sum of all orders less all returns, never below 0. */
  readonly netMinor: number;
}

/** Largest amount that counts, minor units. */
export function mostOrderMinor(typicalOrderMinor: number): number {
  return MOST_TYPICAL_ORDERS * typicalOrderMinor;
}

/**
 * The sums that a forecast rests on. An order of the window counts with the cap at most. What is older is bounded as a whole. Without an
 * outlier the result is exactly that of {@link netValue}. The summary itself keeps what was sent: it is the history that people see.
 */
export function cappedMoney({ summary, window }: MoneyHistory, typicalOrderMinor: number): CappedMoney {
  const most = mostOrderMinor(typicalOrderMinor);
  let kept = 0;
  let keptMinor = 0;
  let cappedMinor = 0;
  for (const { kind, amountMinor, voided } of window.events) {
    // A voided order and its return are in the sums of the summary with opposite signs.
    if (kind !== ORDER || amountMinor === 0 || voided !== NOT_VOIDED) continue;
    kept += 1;
    keptMinor += amountMinor;
    cappedMinor += Math.min(amountMinor, most);
  }
  const usual = Math.max(typicalOrderMinor, kept === 0 ? 0 : cappedMinor / kept);
  const { valued, minor } = netValue(summary);
  const mostOlder = most + OLDER_ORDERS * usual * Math.max(0, valued - kept);
  const placed = cappedMinor + Math.min(minor - keptMinor, mostOlder);
  const net = cappedMinor + Math.min(summary.placedMinor - summary.returnedMinor - keptMinor, mostOlder);
  const hasValue = valued > 0 && placed > 0;
  return { valued: hasValue ? valued : 0, minor: hasValue ? placed : 0, netMinor: Math.max(0, net) };
}
