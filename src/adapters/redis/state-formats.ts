import type { FormatStatus, StateFormats } from '../../ports/state-formats';
import { NEWEST_FORMAT, OLDEST_FORMAT, parseFormat } from '../../serde/format-level';
import type { RedisConnection } from './connection';
import { REPLACE_BLOB, REPLACE_STATES, SET_FORMAT } from './format-scripts';
import { decodeOutboxBlob, isOutboxBlobOf, OutboxBlobEncoder } from './outbox-blob';

/** Every call rejects with {@link RedisError}, or with FormatLevelError for a level of a later version. Each call may be repeated. */
export class RedisStateFormats implements StateFormats {
  private readonly blobs = new OutboxBlobEncoder();

  /** Closing it closes the connection. */
  constructor(private readonly connection: RedisConnection) {}

  async status(partition: number): Promise<FormatStatus | null> {
    const { keys } = this.connection;
    const [epoch, format, reads] = await this.connection.runPatiently(
      `format level of partition ${partition}`,
      (client) => client.hmget(keys.meta(partition), 'epoch', 'format', 'reads'),
    );
    if (epoch === null || epoch === undefined) return null;
    const level = parseFormat(format, `partition ${partition}`);
    const [claimed, newest] = reads?.split(':') ?? [];
    return { level, ownerReads: claimed === epoch ? Number(newest) : OLDEST_FORMAT };
  }

  async setLevel(partition: number, level: number): Promise<void> {
    const { keys } = this.connection;
    await this.connection.runPatiently(`format level of partition ${partition}`, (client) =>
      SET_FORMAT.run(client, [keys.meta(partition)], [String(level), String(NEWEST_FORMAT)]),
    );
  }

  async replaceStates(
    partition: number,
    changes: readonly { readonly customerId: string; readonly from: Uint8Array; readonly to: Uint8Array }[],
  ): Promise<number> {
    const { keys } = this.connection;
    const names = [keys.meta(partition), ...changes.map(({ customerId }) => keys.state(partition, customerId))];
    const blobs = changes.flatMap(({ from, to }) => [asBuffer(from), asBuffer(to)]);
    const replaced = await this.connection.runPatiently(`rewrite of partition ${partition}`, (client) =>
      REPLACE_STATES.run(client, names, blobs),
    );
    return replaced as number;
  }

  async rewriteOutbox(partition: number, level: number): Promise<number> {
    const { keys } = this.connection;
    const what = `outbox of partition ${partition}`;
    const outbox = keys.outbox(partition);
    const waiting = await this.connection.runPatiently(what, (client) => client.lrangeBuffer(outbox, 0, -1));
    let rewritten = 0;
    for (const blob of waiting) {
      if (isOutboxBlobOf(level, blob)) continue;
      const to = asBuffer(this.blobs.encode(decodeOutboxBlob(blob), level));
      const done = await this.connection.runPatiently(what, (client) => REPLACE_BLOB.run(client, [outbox], [blob, to]));
      rewritten += done as number;
    }
    return rewritten;
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
}
