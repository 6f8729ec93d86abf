import type { Claimant, DeploymentIdentity } from '../../domain/deployment-identity';
import { shardOf } from '../../domain/math/hash';
import type { ArchiveBegun, ArchiveHead, StateAdoption, StateArchive } from '../../ports/state-archive';
import { type PartitionMeta, SWEEP_SHARDS } from '../../ports/state-store';
import type { EmbeddedEnvironment } from './environment';
import { partitionKey, shardKey, stateKey } from './layout';
import { formatOf, metaOf, readPartition, withNextEpoch, writePartition } from './partition-entry';

const NOTHING = Buffer.alloc(0);

export class EmbeddedStateArchive implements StateArchive, StateAdoption {
  constructor(private readonly env: EmbeddedEnvironment) {}

  async head(partition: number): Promise<ArchiveHead | null> {
    this.env.refresh();
    const meta = metaOf(readPartition(this.env, partition));
    // A commit also publishes its output, so there is no outbox.
    return meta === null ? null : { meta, drained: true };
  }

  async adopt(partition: number, { identity }: Claimant): Promise<DeploymentIdentity | null> {
    return this.env.write(() => {
      const entry = readPartition(this.env, partition);
      writePartition(this.env, partition, { ...entry, identity, epoch: entry.epoch + 1 });
      return entry.identity ?? null;
    });
  }

  /** The emitted offsets stay: published records are in the log, not in the state. */
  async begin(partition: number): Promise<ArchiveBegun> {
    const { states, shards } = this.env;
    return this.env.write(() => {
      const entry = readPartition(this.env, partition);
      const range = { start: partitionKey(partition), end: partitionKey(partition + 1) };
      for (const key of [...states.getKeys(range)]) states.removeSync(key);
      for (const key of [...shards.getKeys(range)]) shards.removeSync(key);
      const begun = { ...withNextEpoch(entry), commits: 0, cids: [], folded: [] };
      writePartition(this.env, partition, begun);
      return { epoch: begun.epoch, format: formatOf(begun, partition) };
    });
  }

  async put(
    partition: number,
    epoch: number,
    states: readonly { readonly customerId: string; readonly state: Uint8Array }[],
  ): Promise<boolean> {
    return this.env.write(() => {
      if (!this.isOwn(partition, epoch)) return false;
      for (const { customerId, state } of states) {
        this.env.states.putSync(stateKey(partition, customerId), state);
        this.env.shards.putSync(shardKey(partition, shardOf(customerId, SWEEP_SHARDS), customerId), NOTHING);
      }
      return true;
    });
  }

  async finish(
    partition: number,
    epoch: number,
    { commitIds: cids, commits, folded }: PartitionMeta,
  ): Promise<boolean> {
    return this.env.write(() => {
      if (!this.isOwn(partition, epoch)) return false;
      writePartition(this.env, partition, { ...readPartition(this.env, partition), cids, commits, folded });
      return true;
    });
  }

  async close(): Promise<void> {}

  /** True if nobody has claimed the partition since, and nothing was committed. */
  private isOwn(partition: number, epoch: number): boolean {
    const entry = readPartition(this.env, partition);
    return entry.epoch === epoch && entry.cids.length === 0;
  }
}
