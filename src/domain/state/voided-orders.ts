import { boundedSum } from '../bounded-sum';
import { EVENT_KINDS } from '../event';
import { voids } from './cleaning';

/** Mark of an order or return: not voided; voided, with its partner in the window; a return whose order was dropped from the window. */
export const NOT_VOIDED = 0;
const VOIDED = 1;
const SETTLED = 2;
export type Voided = typeof NOT_VOIDED | typeof VOIDED | typeof SETTLED;

/** The fields of a kept event that pairing needs. */
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
 * Marks orders that were returned in full, and their returns, in place. Returns true if a mark changed. Each return takes the nearest
 * earlier order that is still free. So the marks depend on the kept events only, not on their order of arrival.
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

/** Call it before the oldest n events are dropped. If a return stays and its order goes, the return keeps its mark for good. */
export function settleVoided<E extends Pairable>(events: E[], n: number): void {
  pairs(events).forEach((order, i) => {
    if (i >= n && order < n) events[i] = { ...events[i]!, voided: SETTLED };
  });
}

/** Number and sum of the kept refunds that voided an order. Cancellations are counted elsewhere, as cancellations. */
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

/** Sparse array: at the index of each paired event, the index of its partner. */
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
