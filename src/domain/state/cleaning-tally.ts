import type { CustomerEvent } from '../event';
import { CLEANINGS, type Cleaning, cleaningsOf, MOST_TYPICAL_ORDERS, VOIDED_WITHIN_S, voids } from './cleaning';

export type CleaningCounts = Readonly<Record<Cleaning, number>>;

interface RecentOrder {
  readonly timeS: number;
  readonly amountMinor: number;
}

/**
 * Counts what a history in event-time order gives to clean, without folding it: in memory are the orders of the last two days, and every
 * amount, for the median order. The fold itself sees less where more than a window of events lies between an order and its refund.
 */
export class CleaningTally {
  private readonly counts = new Map<Cleaning, number>();
  private readonly amountsMinor: number[] = [];
  private readonly orderAmountsMinor: number[] = [];
  /** Orders by customer, of this day and of the one before, both as long as a refund may come later. */
  private recent = new Map<string, RecentOrder[]>();
  private before = new Map<string, RecentOrder[]>();
  private recentSinceS = Number.NEGATIVE_INFINITY;

  add(event: CustomerEvent): void {
    const { kind, amountMinor, timeS } = event;
    // The typical order is known at the end only.
    for (const cleaning of cleaningsOf(event, Number.POSITIVE_INFINITY)) this.count(cleaning);
    if (amountMinor === 0) return;
    this.amountsMinor.push(amountMinor);
    this.turn(timeS);
    if (kind === 'order') {
      this.orderAmountsMinor.push(amountMinor);
      const orders = this.recent.get(event.customerId) ?? [];
      this.recent.set(event.customerId, orders);
      orders.push({ timeS, amountMinor });
    } else if (kind === 'refund' && this.voidOrder(event)) this.count('voided-order');
  }

  totals(): CleaningCounts {
    const typical = median(this.orderAmountsMinor);
    const outlying = this.amountsMinor.filter((amount) => amount > MOST_TYPICAL_ORDERS * typical).length;
    const counted = CLEANINGS.map((cleaning) => [cleaning, this.counts.get(cleaning) ?? 0]);
    return { ...Object.fromEntries(counted), 'outlying-amount': outlying };
  }

  private voidOrder({ customerId, timeS, amountMinor }: CustomerEvent): boolean {
    for (const orders of [this.recent.get(customerId), this.before.get(customerId)]) {
      const at = orders?.findLastIndex((order) => voids({ cancels: false, timeS, amountMinor }, order)) ?? -1;
      if (at < 0) continue;
      orders!.splice(at, 1);
      return true;
    }
    return false;
  }

  private turn(timeS: number): void {
    if (timeS - this.recentSinceS <= VOIDED_WITHIN_S) return;
    this.before = timeS - this.recentSinceS <= 2 * VOIDED_WITHIN_S ? this.recent : new Map();
    this.recent = new Map();
    this.recentSinceS = timeS;
  }

  private count(cleaning: Cleaning): void {
    this.counts.set(cleaning, (this.counts.get(cleaning) ?? 0) + 1);
  }
}

/** The upper one of the two in the middle; infinite where there is none, so that nothing lies above. */
function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor(sorted.length / 2)] ?? Number.POSITIVE_INFINITY;
}
