import type { CustomerEvent } from '../../domain/event';
import { identityOf, REPEATS_REMEMBERED } from '../../domain/state/sequence-state';

/** Detects a producer's repeats in one topic as the fold does: by the customer's newest folded events of that topic. */
export class Repeats {
  private readonly recent = new Map<string, number[]>();

  /** `startsLate`: retention has removed earlier records, so a repeat of one of them can't be detected. */
  constructor(private readonly startsLate: boolean) {}

  /** True if the event repeats a folded one. Null if it can't be determined. */
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
