import { Cluster, type Redis } from 'ioredis';

export interface AppendOnlyFileLook {
  /** Nothing is left to do until a node starts again. */
  readonly settled: boolean;
  /** What a person should see to, one sentence. */
  readonly fault: string | null;
}

const SETTLED = { settled: true, fault: null } as const;
const UNSETTLED = { settled: false, fault: null } as const;
const BY_HAND =
  'Until it has written its append-only file anew after a crash, the next start may bring back a part of a commit, and a partition then stands still: run BGREWRITEAOF by hand';

/**
 * Has Redis write its append-only file anew, once after each of its starts. A file that ended inside a commit at the start keeps the first
 * part of it, and the next start would apply that part (docs/decisions/torn-commits.md). Asks one node at a time, and none before it has
 * seen a commit since its start: if the file still ends inside one and Redis is killed while it writes, it does not start again.
 */
export async function renewAppendOnlyFile(client: Redis | Cluster): Promise<AppendOnlyFileLook> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  let all: AppendOnlyFileLook = SETTLED;
  for (const node of nodes) {
    const look = await renewOf(node).catch(faultOf);
    all = { settled: all.settled && look.settled, fault: all.fault ?? look.fault };
    if (look === ASKED) break;
  }
  return all;
}

const ASKED = { ...UNSETTLED };

async function renewOf(node: Redis): Promise<AppendOnlyFileLook> {
  const of = fieldsOf(await node.info('persistence'));
  if (of('aof_enabled') !== '1') return SETTLED;
  if (of('aof_rewrite_in_progress') !== '0' || of('aof_rewrite_scheduled') !== '0') return UNSETTLED;
  if (of('aof_last_rewrite_time_sec') !== '-1') {
    if (of('aof_last_bgrewrite_status') === 'ok') return SETTLED;
    return { settled: true, fault: `Redis could not write its append-only file anew (its log says why). ${BY_HAND}` };
  }
  // Commits raise a number in a hash, and nothing that is loaded at the start counts here.
  if (of('cmdstat_hincrby', await node.info('commandstats')) === undefined) return UNSETTLED;
  await node.bgrewriteaof();
  return ASKED;
}

function fieldsOf(persistence: string) {
  return (field: string, info = persistence): string | undefined => new RegExp(`^${field}:(\\S+)`, 'm').exec(info)?.[1];
}

/** No answer, or none in time: looked at again. An answer that the node gave: it refuses. */
function faultOf(error: unknown): AppendOnlyFileLook {
  const { name, message } = error instanceof Error ? error : { name: '', message: '' };
  // Another scorer was first.
  if (name !== 'ReplyError' || message.includes('in progress')) return UNSETTLED;
  return {
    settled: true,
    fault: `Redis refuses to write its append-only file anew (${message.slice(0, 200)}). ${BY_HAND}`,
  };
}
