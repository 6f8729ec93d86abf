import type { CustomerEvent } from '../../domain/event';
import { identityOf, REPEATS_REMEMBERED } from '../../domain/state/sequence-state';

/** Tells an upstream's repeats in one topic, as the fold does: by the customer's newest folded events of that topic alone. */
export class Repeats {
  private readonly recent = new Map<string, number[]>();

  /** `startsLate`: what came before the first record is gone, so that a repeat of it can't be told. */
  constructor(private readonly startsLate: boolean) {}

  /** Whether the event repeats a folded one; null where that can't be told. */
  isRepeat(event: CustomerEvent): boolean | null {
    const recent = this.recent.get(event.customerId) ?? [];
    if (recent.includes(identityOf(event))) return true;
    return this.startsLate && recent.length < REPEATS_REMEMBERED ? null : false;
  }

  folded(event: CustomerEvent): void {
    const recent = this.recent.get(event.customerId) ?? [];
    recent.push(identityOf(event));
    if (recent.length > REPEATS_REMEMBERED) recent.shift();
    this.recent.set(event.customerId, recent);
  }
}
