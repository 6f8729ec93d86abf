import {
  type Claimant,
  type DeploymentIdentity,
  describeIdentity,
  isSameDeployment,
  otherPartitionCount,
} from '../../domain/deployment-identity';
import type { OffsetVector } from '../../domain/event';
import { shardOf } from '../../domain/math/hash';
import {
  type Claim,
  type CommitOutcome,
  type CommitRequest,
  type LoadedStates,
  type OutboxRecord,
  type StateStore,
  SWEEP_SHARDS,
} from '../../ports/state-store';
import { OLDEST_FORMAT } from '../../serde/format-level';
import type { EmbeddedEnvironment } from './environment';
import { customerOfShardKey, pastPrefix, shardKey, stateKey } from './layout';
import type { LogTable } from './log-table';
import { OutputLog, type OutputTopics } from './outputs';
import { formatOf, metaOf, readPartition, withNextEpoch, writePartition } from './partition-entry';
import type { TopicTable } from './topics';

const KEPT_COMMIT_IDS = 8;
const NOTHING = Buffer.alloc(0);

/**
 * The state and the log in one LMDB. One transaction moves states, folded offsets, commit chain and output records, so a commit returns
 * 'published' and there is no outbox. A crash before the transaction's end costs the work of the batch. A crash after it loses only the
 * answer.
 */
export class EmbeddedStateStore implements StateStore {
  private readonly outputs: OutputLog;

  constructor(
    private readonly env: EmbeddedEnvironment,
    topics: TopicTable,
    log: LogTable,
    outputs: OutputTopics,
  ) {
    this.outputs = new OutputLog(topics, log, outputs);
  }

  async claim(partition: number, claimant?: Claimant): Promise<Claim> {
    return this.env.write(() => {
      const entry = readPartition(this.env, partition);
      const owner = entry.identity;
      if (owner && claimant && !isSameDeployment(owner, claimant.identity)) {
        const foldedWith = otherPartitionCount(owner, claimant.identity);
        const refused = { epoch: 0, format: OLDEST_FORMAT, meta: null, outbox: [], foreign: describeIdentity(owner) };
        return foldedWith === null ? refused : { ...refused, foldedWith };
      }
      const identity = claimant ? { identity: claimant.identity } : {};
      const claimed = withNextEpoch({ ...entry, ...identity });
      writePartition(this.env, partition, claimed);
      return { epoch: claimed.epoch, format: formatOf(claimed, partition), meta: metaOf(claimed), outbox: [] };
    });
  }

  async owner(partition: number): Promise<DeploymentIdentity | null> {
    this.env.refresh();
    return readPartition(this.env, partition).identity ?? null;
  }

  async load(partition: number, customerIds: readonly string[]): Promise<LoadedStates> {
    // Synchronous from here on: one read transaction, so commit id and states belong together.
    this.env.refresh();
    const commitId = readPartition(this.env, partition).cids.at(-1) ?? '';
    const states = customerIds.map((id) => this.env.states.get(stateKey(partition, id)) ?? null);
    const isListed = (id: string) =>
      this.env.shards.get(shardKey(partition, shardOf(id, SWEEP_SHARDS), id)) !== undefined;
    return { commitId, states, vanished: customerIds.filter((id, i) => states[i] === null && isListed(id)) };
  }

  async commit(partition: number, request: CommitRequest): Promise<CommitOutcome> {
    const { states, shards } = this.env;
    return this.env.write(() => {
      const entry = readPartition(this.env, partition);
      if (entry.cids.includes(request.commitId)) return 'published';
      if (entry.epoch !== request.epoch || (entry.cids.at(-1) ?? '') !== request.follows) return 'fenced';
      for (const { customerId, state, isNew } of request.states) {
        states.putSync(stateKey(partition, customerId), state);
        if (isNew) shards.putSync(shardKey(partition, shardOf(customerId, SWEEP_SHARDS), customerId), NOTHING);
      }
      // After an import, the folded offsets are behind the emitted ones. Records that the emitted offsets cover were published before.
      const emitted = entry.emitted ?? [];
      const isNew = ({ covers }: OutboxRecord) => covers.some((offset, topic) => offset >= (emitted[topic] ?? 0));
      this.outputs.append(partition, request.records.filter(isNew));
      writePartition(this.env, partition, {
        ...entry,
        commits: entry.commits + 1,
        cids: [...entry.cids, request.commitId].slice(-KEPT_COMMIT_IDS),
        folded: request.folded,
        emitted: request.folded.map((offset, topic) => Math.max(offset, emitted[topic] ?? 0)),
      });
      return 'published';
    });
  }

  /** Topics of the embedded log are never created again. */
  async restart(): Promise<boolean> {
    return false;
  }

  /** There is no outbox to trim. */
  async trim(_partition: number, _commitId: string, _published: OffsetVector): Promise<void> {}

  async newestCommitId(partition: number): Promise<string> {
    this.env.refresh();
    return readPartition(this.env, partition).cids.at(-1) ?? '';
  }

  async customersOfShard(partition: number, shard: number): Promise<string[]> {
    this.env.refresh();
    const prefix = shardKey(partition, shard);
    return [...this.env.shards.getKeys({ start: prefix, end: pastPrefix(prefix) })].map(customerOfShardKey);
  }

  async close(): Promise<void> {}
}
