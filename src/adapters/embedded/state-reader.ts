import type { OffsetVector } from '../../domain/event';
import type { StateReader } from '../../ports/state-store';
import type { EmbeddedEnvironment } from './environment';
import { customerOfStateKey, partitionKey, stateKey } from './layout';
import { readPartition } from './partition-entry';

const PAGE = 500;

export class EmbeddedStateReader implements StateReader {
  constructor(private readonly env: EmbeddedEnvironment) {}

  async read(partition: number, customerId: string): Promise<Uint8Array | null> {
    this.env.refresh();
    return this.env.states.get(stateKey(partition, customerId)) ?? null;
  }

  async folded(partition: number): Promise<OffsetVector | null> {
    this.env.refresh();
    const { commits, folded } = readPartition(this.env, partition);
    return commits === 0 ? null : folded;
  }

  /** Page by page, so that no snapshot stays open while the caller works. */
  async *scan(partition: number): AsyncIterable<{ customerId: string; state: Uint8Array }> {
    let start: Uint8Array = partitionKey(partition);
    const end = partitionKey(partition + 1);
    for (;;) {
      this.env.refresh();
      // A customer id is never empty. So no customer has the bare partition as key, and excluding the start loses nobody.
      const page = [...this.env.states.getRange({ start, end, limit: PAGE, exclusiveStart: true })];
      for (const { key, value } of page) yield { customerId: customerOfStateKey(key), state: value };
      const last = page.at(-1);
      if (last === undefined) return;
      start = last.key;
    }
  }

  async close(): Promise<void> {}
}
