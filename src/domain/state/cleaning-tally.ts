import type { CustomerEvent } from '../event';
import { CLEANINGS, type Cleaning, cleaningsOf, MOST_TYPICAL_ORDERS, VOIDED_WITHIN_S, voids } from './cleaning';

export type CleaningCounts = Readonly<Record<Cleaning, number>>;

interface RecentOrder {
  readonly timeS: number;
  readonly amountMinor: number;
}

/**
 * Counts what cleaning would change in a history in event-time order, without folding it. Memory holds the orders of the last two days
 * and every amount (for the median order). The fold itself finds fewer voided orders: it misses a refund that comes more than one window
 * of events after its order.
 */
export class CleaningTally {
  private readonly counts = new Map<Cleaning, number>();
  private readonly amountsMinor: number[] = [];
  private readonly orderAmountsMinor: number[] = [];
  /** Orders by customer, in two generations of one refund period each: the current one and the one before. */
  private recent = new Map<string, RecentOrder[]>();
  private before = new Map<string, RecentOrder[]>();
  private recentSinceS = Number.NEGATIVE_INFINITY;

  add(event: CustomerEvent): void {
    const { kind, amountMinor, timeS } = event;
    // The typical order is a median of the whole history, so amounts are compared at the end.
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

/** Upper median. Infinite for an empty list, so that no amount counts as an outlier. */
function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort();
  return sorted[Math.floor(sorted.length / 2)] ?? Number.POSITIVE_INFINITY;
}
