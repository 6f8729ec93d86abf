import type { LabelChanges } from '../../src/domain/labels/label-progress';
import type { TrainerStore, TrainingProgress } from '../../src/ports/trainer-store';
import { NEWEST_FORMAT } from '../../src/serde/format-level';

/** A trainer store for one run: it keeps what a running trainer reads back, the customers' states, and nothing for a restart. */
export class VolatileStore implements TrainerStore {
  readonly format = NEWEST_FORMAT;
  private readonly states = new Map<string, Uint8Array>();
  private latest: TrainingProgress | null = null;

  progress(): null {
    return null;
  }

  state(_partition: number, customerId: string): Uint8Array | null {
    return this.states.get(customerId) ?? null;
  }

  training(): TrainingProgress | null {
    return this.latest;
  }

  commit(changes: readonly LabelChanges[], training: TrainingProgress | null): void {
    this.latest = training ?? this.latest;
    for (const change of changes) for (const [customerId, state] of change.states) this.states.set(customerId, state);
  }

  replace(): void {
    throw new Error('not used');
  }

  nextLetter(): null {
    return null;
  }

  keepNextLetter(): void {}

  async close(): Promise<void> {}
}
