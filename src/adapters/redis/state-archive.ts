import {
  type Claimant,
  type DeploymentIdentity,
  decodeIdentity,
  encodeIdentity,
} from '../../domain/deployment-identity';
import { shardOf } from '../../domain/math/hash';
import type { ArchiveBegun, ArchiveHead, StateAdoption, StateArchive } from '../../ports/state-archive';
import { type PartitionMeta, SWEEP_SHARDS } from '../../ports/state-store';
import { NEWEST_FORMAT, parseFormat } from '../../serde/format-level';
import { ADOPT, ARCHIVE_BEGIN, ARCHIVE_FINISH, ARCHIVE_PUT } from './archive-scripts';
import type { RedisConnection } from './connection';
import { dropOrphans } from './orphans';
import { decodeMeta, encodeOffsets, encodeTopicIds, META_FIELDS } from './partition-meta';

/**
 * Every step is one script that checks the epoch and may be sent again. Every call rejects with {@link RedisError}, and waits out a pause of
 * Redis before. After an unknown outcome all the same, begin again from the first step.
 */
export class RedisStateArchive implements StateArchive, StateAdoption {
  /** Closing the archive closes the connection. */
  constructor(private readonly connection: RedisConnection) {}

  async head(partition: number): Promise<ArchiveHead | null> {
    const { keys } = this.connection;
    const [fields, waiting] = await this.connection.runPatiently(`meta of partition ${partition}`, (client) =>
      Promise.all([client.hmgetBuffer(keys.meta(partition), ...META_FIELDS), client.llen(keys.outbox(partition))]),
    );
    const meta = decodeMeta(partition, fields);
    return meta === null ? null : { meta, drained: waiting === 0 };
  }

  async adopt(partition: number, { identity, topicIds }: Claimant): Promise<DeploymentIdentity | null> {
    const { keys } = this.connection;
    const args = [encodeIdentity(identity), encodeTopicIds(topicIds)];
    const before = await this.connection.run(`adoption of partition ${partition}`, (client) =>
      ADOPT.run(client, [keys.meta(partition)], args),
    );
    return before === null ? null : decodeIdentity(String(before));
  }

  async begin(partition: number): Promise<ArchiveBegun> {
    const { keys } = this.connection;
    const reply = await this.connection.runPatiently(`import of partition ${partition}`, (client) =>
      ARCHIVE_BEGIN.run(client, [keys.meta(partition), keys.outbox(partition)], [String(NEWEST_FORMAT)]),
    );
    const [epoch, format] = reply as [number, Buffer | null];
    await dropOrphans(this.connection, partition, epoch, 'runPatiently');
    return { epoch, format: parseFormat(format?.toString(), `partition ${partition}`) };
  }

  async put(
    partition: number,
    epoch: number,
    states: readonly { readonly customerId: string; readonly state: Uint8Array }[],
  ): Promise<boolean> {
    const { keys: names } = this.connection;
    const keys = [names.meta(partition), ...states.map(({ customerId }) => names.state(partition, customerId))];
    const blobs = states.map(({ state }) => Buffer.from(state.buffer, state.byteOffset, state.length));
    const args: (string | Buffer)[] = [String(epoch), String(states.length), ...blobs];
    const shardAt = new Map<number, string>();
    for (const { customerId } of states) {
      const shard = shardOf(customerId, SWEEP_SHARDS);
      let at = shardAt.get(shard);
      if (at === undefined) {
        at = String(keys.push(names.shard(partition, shard)));
        shardAt.set(shard, at);
      }
      args.push(at, customerId);
    }
    const what = `import of ${states.length} states of partition ${partition}`;
    return (await this.connection.runPatiently(what, (client) => ARCHIVE_PUT.run(client, keys, args))) === 1;
  }

  async finish(partition: number, epoch: number, meta: PartitionMeta): Promise<boolean> {
    const { commitIds, commits, folded, published } = meta;
    const rest = [String(commits), encodeOffsets(folded), encodeOffsets(published)];
    const done = await this.connection.runPatiently(`end of the import of partition ${partition}`, (client) =>
      ARCHIVE_FINISH.run(client, [this.connection.keys.meta(partition)], [String(epoch), commitIds.join(' '), ...rest]),
    );
    return done === 1;
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}
