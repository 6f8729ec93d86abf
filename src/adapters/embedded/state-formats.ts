import type { FormatStatus, StateFormats } from '../../ports/state-formats';
import type { EmbeddedEnvironment } from './environment';
import { stateKey } from './layout';
import { formatOf, ownerReads, readBy, readPartition, writePartition } from './partition-entry';

export class EmbeddedStateFormats implements StateFormats {
  constructor(private readonly env: EmbeddedEnvironment) {}

  async status(partition: number): Promise<FormatStatus | null> {
    this.env.refresh();
    const entry = readPartition(this.env, partition);
    if (entry.epoch === 0) return null;
    return { level: formatOf(entry, partition), ownerReads: ownerReads(entry) };
  }

  async setLevel(partition: number, level: number): Promise<void> {
    this.env.write(() => {
      const entry = readPartition(this.env, partition);
      const epoch = entry.epoch + 1;
      writePartition(this.env, partition, { ...entry, epoch, format: level, ...readBy(epoch) });
    });
  }

  async replaceStates(
    partition: number,
    changes: readonly { readonly customerId: string; readonly from: Uint8Array; readonly to: Uint8Array }[],
  ): Promise<number> {
    return this.env.write(() => {
      let replaced = 0;
      for (const { customerId, from, to } of changes) {
        const key = stateKey(partition, customerId);
        const now = this.env.states.get(key);
        if (now === undefined || Buffer.compare(now, from) !== 0) continue;
        this.env.states.putSync(key, to);
        replaced += 1;
      }
      return replaced;
    });
  }

  /** There is no outbox: a commit also publishes its output. */
  async rewriteOutbox(): Promise<number> {
    return 0;
  }

  async close(): Promise<void> {}
}
