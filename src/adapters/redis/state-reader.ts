import type { OffsetVector } from '../../domain/event';
import { type StateReader, SWEEP_SHARDS } from '../../ports/state-store';
import type { RedisConnection } from './connection';
import { decodeOffsets } from './partition-meta';

const READ_CHUNK = 500;

/** Reads only. Every call rejects with {@link RedisError}. What walks over all states waits out a pause of Redis; `read` answers soon. */
export class RedisStateReader implements StateReader {
  /** Closing the reader closes the connection. */
  constructor(private readonly connection: RedisConnection) {}

  async read(partition: number, customerId: string): Promise<Uint8Array | null> {
    const { keys } = this.connection;
    return this.connection.run(`read of partition ${partition}`, (client) =>
      client.getBuffer(keys.state(partition, customerId)),
    );
  }

  async folded(partition: number): Promise<OffsetVector | null> {
    const { keys } = this.connection;
    const folded = await this.connection.runPatiently(`F of partition ${partition}`, (client) =>
      client.hget(keys.meta(partition), 'folded'),
    );
    return folded === null ? null : decodeOffsets(folded, partition);
  }

  /** Shard by shard and not with SCAN, which would iterate over the keys of every partition. */
  async *scan(partition: number): AsyncIterable<{ customerId: string; state: Uint8Array }> {
    const { keys } = this.connection;
    for (let shard = 0; shard < SWEEP_SHARDS; shard++) {
      const what = `scan of partition ${partition}, shard ${shard}`;
      const ids = await this.connection.runPatiently(what, (client) => client.smembers(keys.shard(partition, shard)));
      for (let i = 0; i < ids.length; i += READ_CHUNK) {
        const chunk = ids.slice(i, i + READ_CHUNK);
        const states = await this.connection.runPatiently(what, (client) =>
          client.mgetBuffer(chunk.map((id) => keys.state(partition, id))),
        );
        for (const [j, customerId] of chunk.entries()) {
          const state = states[j];
          if (state !== null && state !== undefined) yield { customerId, state };
        }
      }
    }
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}
