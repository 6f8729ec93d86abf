import { Cluster, type Redis } from 'ioredis';

/**
 * Has Redis write its append-only file anew, once after each of its starts; what is wrong where it refuses, else null. A file that
 * ended inside a commit at the start keeps the first part of it, and the next start would apply that part alone
 * (docs/decisions/torn-commits.md). To be called after a commit: the file must not end inside one while it is written anew, or a Redis
 * that is killed meanwhile does not start again.
 */
export async function renewAppendOnlyFile(client: Redis | Cluster): Promise<string | null> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  const faults = await Promise.all(nodes.map(renewOf));
  return faults.find((fault) => fault !== null) ?? null;
}

async function renewOf(node: Redis): Promise<string | null> {
  const info = await node.info('persistence');
  const of = (field: string) => new RegExp(`^${field}:(\\S+)`, 'm').exec(info)?.[1];
  if (of('aof_enabled') !== '1' || of('aof_last_rewrite_time_sec') !== '-1') return null;
  if (of('aof_rewrite_in_progress') !== '0' || of('aof_rewrite_scheduled') !== '0') return null;
  try {
    await node.bgrewriteaof();
    return null;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // Another scorer was first.
    if (reason.includes('in progress')) return null;
    return `Redis refuses BGREWRITEAOF (${reason}): have it write its append-only file anew after each crash, before it is restarted once more; else the next start may bring back a part of a commit, and the partition stands still`;
  }
}
