import { createHash } from 'node:crypto';
import {
  type Beat,
  type BeatAnswer,
  decodeNote,
  encodeNote,
  type LeaseView,
  type MemberNote,
  type TakeOver,
} from '../../domain/lease';
import type { LeaseTable } from '../../ports/lease-table';
import type { RedisConnection } from './connection';
import { LEASE_BEAT, LEASE_LEAVE, LEASE_TAKE } from './lease-scripts';

/** A table that nobody beats in vanishes: the deployment is gone. */
const KEPT_MS = 600_000;

/**
 * The lease table as one hash, so that a beat is one script on one key. Fields: `m:<member>` its note, `p:<partition>` its holder. Nothing
 * compares times of Redis' clock.
 */
export class RedisLeaseTable implements LeaseTable {
  private key: string | null = null;

  /** Closing the table closes the connection. `deployment`: text that is the same for the scorers of one deployment only. */
  constructor(
    private readonly connection: RedisConnection,
    private readonly deployment: () => Promise<string>,
  ) {}

  async beat(beat: Beat): Promise<BeatAnswer> {
    const { member, isFirst, frees, gives, takes, fills } = beat;
    const given = gives.map(({ partition, to }) => `${partition}:${to}`);
    const lists = [frees, given, takes, fills].flatMap((list) => [`${list.length}`, ...list.map(String)]);
    const args = [member, encodeNote(beat), isFirst ? '1' : '0', `${KEPT_MS}`, ...lists];
    const [known, fields] = (await this.run('beat', LEASE_BEAT, args)) as [number, Buffer[]];
    return { wasKnown: known === 1, view: decodeView(fields.map(String)) };
  }

  async take({ member, from, seen, partitions }: TakeOver): Promise<readonly number[]> {
    const args = [member, from, seen === null ? '' : encodeNote(seen), ...partitions.map(String)];
    return ((await this.run('take', LEASE_TAKE, args)) as Buffer[]).map(Number);
  }

  async leave(member: string): Promise<void> {
    await this.run('leave', LEASE_LEAVE, [member]);
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  private async run(what: string, script: typeof LEASE_BEAT, args: readonly string[]): Promise<unknown> {
    this.key ??= this.connection.keys.leases(shortened(await this.deployment()));
    const { key } = this;
    return this.connection.run(`${what} ${key}`, (client) => script.run(client, [key], args));
  }
}

function shortened(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function decodeView(fields: readonly string[]): LeaseView {
  const members = new Map<string, MemberNote>();
  const holders = new Map<number, string>();
  for (let i = 0; i + 1 < fields.length; i += 2) {
    const [kind, name] = [fields[i]!.slice(0, 2), fields[i]!.slice(2)];
    if (kind === 'm:') members.set(name, decodeNote(fields[i + 1]!));
    else holders.set(Number(name), fields[i + 1]!);
  }
  return { members, holders };
}
