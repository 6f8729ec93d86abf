import { cpSync, readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { until } from '../support/process';
import { type Service, startRedis } from '../support/services';

const AOF = 'appendonlydir';
const SNAPSHOT = 'snapshot';

/**
 * A Redis with an append-only file that loses what it is told to lose. The file is rewritten only when a snapshot is taken, so that
 * its tail is always the newest commands: cutting bytes off it is a fail-over that lost the last writes.
 */
export class FragileRedis {
  private constructor(readonly service: Service) {}

  static async start(): Promise<FragileRedis> {
    const args = [
      '--appendonly',
      'yes',
      '--appendfsync',
      'everysec',
      '--save',
      '',
      '--auto-aof-rewrite-percentage',
      '0',
    ];
    return new FragileRedis(await startRedis(args));
  }

  get url(): string {
    return `redis://${this.service.address}`;
  }

  /** Keeps what it holds now, to go back to. */
  async takeSnapshot(): Promise<void> {
    await this.rewrite();
    const kept = join(this.service.dir, SNAPSHOT);
    rmSync(kept, { recursive: true, force: true });
    cpSync(join(this.service.dir, AOF), kept, { recursive: true });
  }

  /** SIGKILL and start on the same data. `awayMs`: how long nobody answers. */
  async restart(awayMs: number): Promise<void> {
    await this.service.kill();
    await new Promise((resolve) => setTimeout(resolve, awayMs));
    await this.service.restart();
  }

  /** SIGKILL, the last `bytes` of the log are gone, start: a prefix of the writes is left. Says how many bytes were cut. */
  async restartWithoutTail(bytes: number): Promise<number> {
    await this.service.kill();
    const dir = join(this.service.dir, AOF);
    const newest = readdirSync(dir)
      .filter((file) => file.endsWith('.incr.aof'))
      .sort((a, b) => sequenceOf(a) - sequenceOf(b))
      .at(-1)!;
    const { size } = statSync(join(dir, newest));
    truncateSync(join(dir, newest), Math.max(0, size - bytes));
    await this.service.restart();
    return Math.min(bytes, size);
  }

  /** Stops, puts the snapshot in the place of the data, starts. */
  async goBackToSnapshot(): Promise<void> {
    await this.service.kill();
    const dir = join(this.service.dir, AOF);
    rmSync(dir, { recursive: true, force: true });
    cpSync(join(this.service.dir, SNAPSHOT), dir, { recursive: true });
    await this.service.restart();
  }

  stop(): Promise<void> {
    return this.service.stop();
  }

  private async rewrite(): Promise<void> {
    const client = new Redis(this.service.port, '127.0.0.1');
    client.on('error', () => undefined);
    try {
      await client.bgrewriteaof();
      await until('the append-only file is rewritten', async () => {
        const info = await client.info('persistence');
        return info.includes('aof_rewrite_in_progress:0') && info.includes('aof_rewrite_scheduled:0');
      });
    } finally {
      client.disconnect();
    }
  }
}

/** appendonly.aof.<n>.incr.aof */
function sequenceOf(file: string): number {
  return Number(file.split('.').at(-3));
}
