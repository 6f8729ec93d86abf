import { Cluster, type Redis } from 'ioredis';

export interface AppendOnlyFileLook {
  /** Nothing is left to do until a node restarts. */
  readonly settled: boolean;
  /** A fault that a person should repair, one sentence. */
  readonly fault: string | null;
}

/** busy: a rewrite is running, so no other node gets a request. waiting: check again later. */
interface NodeLook {
  readonly state: 'settled' | 'busy' | 'waiting';
  readonly fault?: string;
}

/**
 * Makes Redis rewrite its append-only file, once after each of its starts. If the file ended inside a commit at the start, Redis keeps the
 * first part of that commit. The next start would apply that part (docs/decisions/053-torn-commits.md).
 * One node at a time, and only after the node has run a commit since its start. Until then its file may still end inside a commit. If Redis
 * is killed while it rewrites such a file, it does not start again.
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
      return { state: 'settled', fault: faultOf('could not rewrite its append-only file; its log has the cause') };
    }
    // Commits raise a number in a hash. Commands that Redis loads from the file at its start are not in these statistics.
    if (!/^cmdstat_hincrby:/m.test(await node.info('commandstats'))) return { state: 'waiting' };
  } catch (error) {
    // As with the eviction policy: if Redis refuses INFO, skip it. If it does not answer, check again later.
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
    // Another scorer started the rewrite first.
    if (error.message.includes('in progress')) return { state: 'busy' };
    const isForbidden = /^NOPERM|unknown command/.test(error.message);
    const reason = `refuses to rewrite its append-only file (${error.message.slice(0, 200)})`;
    return { state: isForbidden ? 'settled' : 'waiting', fault: faultOf(reason) };
  }
}

function isReply(error: unknown): error is Error {
  return error instanceof Error && error.name === 'ReplyError';
}

function faultOf(reason: string): string {
  return `Redis ${reason}. After a crash of Redis run BGREWRITEAOF by hand before its next restart; otherwise a part of a commit may come back, and a partition then stands still. REDIS_AOF_REWRITE=never turns this warning off`;
}
