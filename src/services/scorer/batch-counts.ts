import type { CustomerEvent } from '../../domain/event';
import { type Cleaning, cleaningsOf } from '../../domain/state/cleaning';
import type { FoldOutcome } from '../../domain/state/sequence-state';

/** What a micro-batch did, for the observer. */
export class BatchCounts {
  readonly events = new Map<string, number>();
  readonly cleaned = new Map<Cleaning, number>();
  tooLate = 0;
  coalesced = 0;
  replayed = 0;

  /** Counts one folded event. `outcome` is null for the profile of a customer without any other event yet. */
  event(event: CustomerEvent, outcome: FoldOutcome | null, typicalOrderMinor: number): void {
    countOf(this.events, event.kind);
    for (const cleaning of cleaningsOf(event, typicalOrderMinor)) countOf(this.cleaned, cleaning);
    if (outcome === null) return;
    if (outcome.window === 'too-late') this.tooLate += 1;
    if (outcome.window === 'coalesced') this.coalesced += 1;
    if (outcome.step === 'replay') this.replayed += 1;
    for (let i = 0; i < outcome.voided; i++) countOf(this.cleaned, 'voided-order');
  }

  tick(): void {
    countOf(this.events, 'tick');
  }
}

export function countOf<K>(counts: Map<K, number>, key: K): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}
