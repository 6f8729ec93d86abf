import { Cluster, type Redis } from 'ioredis';

export interface AppendOnlyFileLook {
  /** Nothing is left to do until a node starts again. */
  readonly settled: boolean;
  /** What a person should see to, one sentence. */
  readonly fault: string | null;
}

/** busy: a file is being written, so that no other node is asked. waiting: to be looked at again. */
interface NodeLook {
  readonly state: 'settled' | 'busy' | 'waiting';
  readonly fault?: string;
}

/**
 * Has Redis write its append-only file anew, once after each of its starts. A file that ended inside a commit at the start keeps the first
 * part of it, and the next start would apply that part (docs/decisions/053-torn-commits.md). Asks one node at a time, and none before it has
 * seen a commit since its start: if the file still ends inside one and Redis is killed while it writes, it does not start again.
 */
export async function renewAppendOnlyFile(client: Redis | Cluster): Promise<AppendOnlyFileLook> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  let settled = true;
  let fault: string | null = null;
  for (const node of nodes) {
    const look = await renewOf(node);
    settled &&= look.state === 'settled';
    fault ??= look.fault ?? null;
    if (look.state === 'busy') break;
  }
  return { settled, fault };
}

async function renewOf(node: Redis): Promise<NodeLook> {
  try {
    const persistence = await node.info('persistence');
    const of = (field: string) => new RegExp(`^${field}:(\\S+)`, 'm').exec(persistence)?.[1];
    if (of('aof_enabled') !== '1') return { state: 'settled' };
    if (of('aof_rewrite_in_progress') !== '0' || of('aof_rewrite_scheduled') !== '0') return { state: 'busy' };
    if (of('aof_last_rewrite_time_sec') !== '-1') {
      if (of('aof_last_bgrewrite_status') === 'ok') return { state: 'settled' };
      return { state: 'settled', fault: faultOf('could not write its append-only file anew; its log says why') };
    }
    // Commits raise a number in a hash, and nothing that is loaded at the start counts here.
    if (!/^cmdstat_hincrby:/m.test(await node.info('commandstats'))) return { state: 'waiting' };
  } catch (error) {
    // As with the eviction policy: a Redis that does not tell is left alone. One that does not answer is looked at again.
    return { state: isReply(error) ? 'settled' : 'waiting' };
  }
  return ask(node);
}

async function ask(node: Redis): Promise<NodeLook> {
  try {
    await node.bgrewriteaof();
    return { state: 'busy' };
  } catch (error) {
    if (!isReply(error)) return { state: 'waiting' };
    // Another scorer was first.
    if (error.message.includes('in progress')) return { state: 'busy' };
    const isForbidden = /^NOPERM|unknown command/.test(error.message);
    const reason = `refuses to write its append-only file anew (${error.message.slice(0, 200)})`;
    return { state: isForbidden ? 'settled' : 'waiting', fault: faultOf(reason) };
  }
}

function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

function faultOf(reason: string): string {
  return `Redis ${reason}. After a crash of Redis run BGREWRITEAOF by hand before it is restarted once more; else a part of a commit may come back, and a partition then stands still. REDIS_AOF_REWRITE=never ends this warning`;
}
