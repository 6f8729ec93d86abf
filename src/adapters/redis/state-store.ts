import {
  type Claimant,
  type DeploymentIdentity,
  decodeIdentity,
  encodeIdentity,
  isSameDeployment,
} from '../../domain/deployment-identity';
import type { OffsetVector } from '../../domain/event';
import type {
  Claim,
  CommitOutcome,
  CommitRequest,
  LoadedStates,
  RestartRequest,
  StateStore,
} from '../../ports/state-store';
import { NEWEST_FORMAT, OLDEST_FORMAT, parseFormat } from '../../serde/format-level';
import type { RedisConnection } from './connection';
import { FORMAT_AT_CLAIM } from './format-scripts';
import { dropOrphans } from './orphans';
import { OutboxBlobEncoder } from './outbox-blob';
import { decodeClaim, encodeOffsets, encodeTopicIds, refusedClaim, refusedFor } from './partition-meta';
import { CLAIM, COMMIT, RESTART, TRIM } from './scripts';
import { shardIndex } from './shard-index';
import { loadStates } from './state-load';

/**
 * Redis takes 2^20 arguments per command, and the state of a new customer needs four. A commit is one script, so it blocks Redis for
 * everyone: 1 to 2 ms for 500 states. Micro-batches of events stay near that size (CLV_MAX_BATCH). A sweep's tick is one record and can't
 * be divided, so much larger commits are accepted, too: 0.1 to 0.2 s for 20,000 states.
 */
const MAX_STATES_PER_COMMIT = 200_000;

const KEPT_COMMIT_IDS = 8;

/**
 * State, folded offsets, commit chain and outbox in Redis, moved by one script per commit. A crash before the script costs the work of the
 * batch. After it, the outbox holds what must be published.
 * Every call rejects with {@link RedisError}. After 'redis-outcome-unknown', send the call again.
 */
export class RedisStateStore implements StateStore {
  private readonly blobs = new OutboxBlobEncoder();

  /** Closing the store closes the connection. */
  constructor(private readonly connection: RedisConnection) {}

  async claim(partition: number, claimant?: Claimant): Promise<Claim> {
    // The script compares the owner's identity as text. If the text differs, it is compared here, and the next call names it as
    // replaceable.
    for (let replaced = ''; ; ) {
      const reply = await this.runClaim(partition, claimant, replaced);
      const owner = refusedFor(reply);
      if (owner === null) {
        const claim = decodeClaim(partition, reply);
        if (claim.meta === null) await dropOrphans(this.connection, partition, claim.epoch);
        return { ...claim, format: await this.formatAt(partition, claim.epoch) };
      }
      const identity = decodeIdentity(owner);
      if (identity === null || !isSameDeployment(identity, claimant!.identity))
        return refusedClaim(owner, claimant!.identity);
      replaced = owner;
    }
  }

  async owner(partition: number): Promise<DeploymentIdentity | null> {
    const { keys } = this.connection;
    const text = await this.connection.run(`owner of partition ${partition}`, (client) =>
      client.hget(keys.meta(partition), 'identity'),
    );
    return text === null ? null : decodeIdentity(text);
  }

  private runClaim(partition: number, claimant: Claimant | undefined, replaced: string): Promise<unknown> {
    const { keys } = this.connection;
    const args = claimant
      ? [encodeIdentity(claimant.identity), replaced, encodeTopicIds(claimant.topicIds)]
      : ['', '', ''];
    return this.connection.run(`claim of partition ${partition}`, (client) =>
      CLAIM.run(client, [keys.meta(partition), keys.outbox(partition)], args),
    );
  }

  private async formatAt(partition: number, epoch: number): Promise<number> {
    const { keys } = this.connection;
    const args = [String(epoch), String(NEWEST_FORMAT)];
    const stored = await this.connection.run(`format level of partition ${partition}`, (client) =>
      FORMAT_AT_CLAIM.run(client, [keys.meta(partition)], args),
    );
    return parseFormat(stored === null ? null : String(stored), `partition ${partition}`);
  }

  load(partition: number, customerIds: readonly string[]): Promise<LoadedStates> {
    return loadStates(this.connection, partition, customerIds);
  }

  /**
   * Throws RangeError for more than {@link MAX_STATES_PER_COMMIT} states, or for a commit id that is empty, too long or contains a space.
   */
  async commit(partition: number, request: CommitRequest): Promise<CommitOutcome> {
    const { keys, args } = this.commitArguments(partition, request);
    const reply = await this.connection.run(`commit ${request.commitId} of partition ${partition}`, (client) =>
      COMMIT.run(client, keys, args),
    );
    if (reply !== 1) return 'fenced';
    this.connection.committed();
    return 'committed';
  }

  private commitArguments(partition: number, request: CommitRequest): { keys: string[]; args: (string | Buffer)[] } {
    const { keys: names } = this.connection;
    const { epoch, follows, commitId, states, folded, records } = request;
    if (!/^\S+$/.test(commitId)) throw new RangeError(`commit id "${commitId}" is empty or holds a space`);
    if (states.length > MAX_STATES_PER_COMMIT) {
      throw new RangeError(
        `commit of ${states.length} states, at most ${MAX_STATES_PER_COMMIT}: use more partitions, or sweep fewer customers per tick`,
      );
    }
    const keys = [names.meta(partition), names.outbox(partition)];
    const blob = this.blobs.encode({ commitId, folded, records }, request.format ?? OLDEST_FORMAT);
    const args: (string | Buffer)[] = [String(epoch), follows, commitId, encodeOffsets(folded), asBuffer(blob)];
    args.push(String(states.length), String(KEPT_COMMIT_IDS));
    for (const { customerId, state } of states) {
      keys.push(names.state(partition, customerId));
      args.push(asBuffer(state));
    }
    const shardAt = new Map<number, string>();
    for (const { customerId } of states.filter(({ isNew }) => isNew)) {
      args.push(shardIndex(names, partition, customerId, keys, shardAt), customerId);
    }
    return { keys, args };
  }

  async restart(partition: number, request: RestartRequest): Promise<boolean> {
    const { keys } = this.connection;
    const { epoch, follows, topicIds, folded, published } = request;
    const args = [String(epoch), follows, encodeTopicIds(topicIds), encodeOffsets(folded), encodeOffsets(published)];
    const reply = await this.connection.run(`restart of partition ${partition}`, (client) =>
      RESTART.run(client, [keys.meta(partition), keys.outbox(partition)], args),
    );
    return reply === 1;
  }

  async trim(partition: number, commitId: string, published: OffsetVector): Promise<void> {
    const { keys } = this.connection;
    await this.connection.run(`trim of partition ${partition}`, (client) =>
      TRIM.run(client, [keys.meta(partition), keys.outbox(partition)], [commitId, encodeOffsets(published)]),
    );
  }

  async newestCommitId(partition: number): Promise<string> {
    const { keys } = this.connection;
    const [commitIds, begun, whole] = await this.connection.run(
      `newest commit id of partition ${partition}`,
      (client) => client.hmget(keys.meta(partition), 'cids', 'begun', 'whole'),
    );
    // No commit id. The caller compares it with its own, claims again, and the claim then reports the torn commit.
    return begun === whole ? (commitIds?.split(' ').at(-1) ?? '') : '-';
  }

  async customersOfShard(partition: number, shard: number): Promise<string[]> {
    const { keys } = this.connection;
    return this.connection.run(`shard ${shard} of partition ${partition}`, (client) =>
      client.smembers(keys.shard(partition, shard)),
    );
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
