import { boundedSum } from '../bounded-sum';
import { EVENT_KINDS } from '../event';
import { voids } from './cleaning';

/** Of an order and the return that gave it back in full: not so; both kept; a return whose order was dropped from the window. */
export const NOT_VOIDED = 0;
const VOIDED = 1;
const SETTLED = 2;
export type Voided = typeof NOT_VOIDED | typeof VOIDED | typeof SETTLED;

/** A kept event, as far as pairing goes. */
interface Pairable {
  readonly timeS: number;
  /** Index into EVENT_KINDS. */
  readonly kind: number;
  readonly amountMinor: number;
  readonly voided: Voided;
}

const ORDER = EVENT_KINDS.indexOf('order');
const REFUND = EVENT_KINDS.indexOf('refund');
const CANCEL = EVENT_KINDS.indexOf('cancel');

/**
 * Marks the orders among the kept events that were returned in full, and the returns that did it, in place; true where a mark changed.
 * Each return, in the order of the events, takes the nearest earlier order that none took before: so the marks follow from the kept
 * events alone, whatever the order of their arrival.
 */
export function markVoided<E extends Pairable>(events: E[]): boolean {
  const partners = pairs(events);
  let changed = false;
  events.forEach((event, i) => {
    if (event.voided === SETTLED) return;
    const voided = partners[i] === undefined ? NOT_VOIDED : VOIDED;
    if (event.voided === voided) return;
    events[i] = { ...event, voided };
    changed = true;
  });
  return changed;
}

/** Before the oldest n are dropped: a return that stays, of an order that goes, keeps its mark for good. */
export function settleVoided<E extends Pairable>(events: E[], n: number): void {
  pairs(events).forEach((order, i) => {
    if (i >= n && order < n) events[i] = { ...events[i]!, voided: SETTLED };
  });
}

/** Refunds among the kept events that returned an order in full: how many, and what they gave back. Cancellations are counted as such. */
export function voidedBy(events: readonly Pairable[]): { voided: number; voidedMinor: number } {
  let voided = 0;
  let voidedMinor = 0;
  for (const event of events) {
    if (event.kind !== REFUND || event.voided === NOT_VOIDED) continue;
    voided += 1;
    voidedMinor = boundedSum(voidedMinor, event.amountMinor);
  }
  return { voided, voidedMinor };
}

/** Sparse: at each paired event its partner's index. */
function pairs(events: readonly Pairable[]): number[] {
  const partners: number[] = [];
  const orders: number[] = [];
  events.forEach((event, i) => {
    if (event.kind === ORDER) orders.push(i);
    if ((event.kind !== REFUND && event.kind !== CANCEL) || event.voided === SETTLED) return;
    const { timeS, amountMinor } = event;
    const returned = { cancels: event.kind === CANCEL, timeS, amountMinor };
    const at = orders.findLastIndex((order) => voids(returned, events[order]!));
    if (at < 0) return;
    const [order] = orders.splice(at, 1);
    partners[i] = order!;
    partners[order!] = i;
  });
  return partners;
}
