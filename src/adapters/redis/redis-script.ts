import { createHash } from 'node:crypto';
import type { RedisClient } from './connection';

/** A Lua script. All its keys have one hash tag. */
export class RedisScript {
  private readonly sha: string;

  constructor(private readonly source: string) {
    this.sha = createHash('sha1').update(source).digest('hex');
  }

  /** Bulk replies come as Buffers. Not for pipelines: the fallback needs the reply. */
  async run(client: RedisClient, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<unknown> {
    // Passed as one array: a large commit has more arguments than a JavaScript call may have.
    const rest = [keys.length, ...keys, ...args];
    try {
      return await client.callBuffer('evalsha', [this.sha, ...rest]);
    } catch (error) {
      // NOSCRIPT is the error code of the reply: this node never got the script, or it restarted.
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return await client.callBuffer('eval', [this.source, ...rest]);
    }
  }
}
