import { shardOf } from '../../domain/math/hash';
import type { MendedState, StateMend } from '../../ports/state-mend';
import { SWEEP_SHARDS } from '../../ports/state-store';
import type { EmbeddedEnvironment } from './environment';
import { shardKey, stateKey } from './layout';
import { readPartition } from './partition-entry';

export class EmbeddedStateMend implements StateMend {
  constructor(private readonly env: EmbeddedEnvironment) {}

  async put(partition: number, { customerId, found, state, folded }: MendedState): Promise<boolean> {
    const { states, shards } = this.env;
    return this.env.write(() => {
      const entry = readPartition(this.env, partition);
      if (entry.cids.length === 0 || folded.some((offset, topic) => (entry.folded[topic] ?? 0) < offset)) return false;
      const there = states.get(stateKey(partition, customerId)) ?? null;
      const isSame = found === null ? there === null : there !== null && Buffer.compare(there, found) === 0;
      if (!isSame) return false;
      states.putSync(stateKey(partition, customerId), Buffer.from(state));
      shards.putSync(shardKey(partition, shardOf(customerId, SWEEP_SHARDS), customerId), Buffer.alloc(0));
      return true;
    });
  }

  async close(): Promise<void> {}
}
