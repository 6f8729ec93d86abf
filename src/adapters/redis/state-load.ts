import type { LoadedStates } from '../../ports/state-store';
import type { RedisClient, RedisConnection } from './connection';
import type { RedisKeys } from './keys';
import { LOOK_FOR_STATES } from './scripts';
import { shardIndex } from './shard-index';

/** States per read: Redis serves nobody else meanwhile. */
const READ_CHUNK = 500;

const CHAIN_FIELDS = ['cids', 'begun', 'whole'] as const;

/** 0 stands for a state that vanished. */
type FoundState = Buffer | null | 0;

interface Read {
  /** The newest commit id, '' if there is none, '-' if a part of a commit came back. */
  readonly commitId: string;
  /** In the order of the ids. */
  readonly states: readonly FoundState[];
}

/**
 * Reads states with the commit that they belong to. Redis' own commands do it: a script would copy each state into Lua and back. Only if
 * customers have no state does a script look whether it vanished.
 */
export async function loadStates(
  connection: RedisConnection,
  partition: number,
  customerIds: readonly string[],
): Promise<LoadedStates> {
  const chunks: string[][] = [];
  for (let i = 0; i < customerIds.length; i += READ_CHUNK) chunks.push(customerIds.slice(i, i + READ_CHUNK));
  const reads = await connection.run(`load of partition ${partition}`, (client) =>
    Promise.all(chunks.map((ids) => readChunk(client, connection.keys, partition, ids))),
  );
  return joined(reads.flat(), customerIds);
}

/** The states of `ids`, and every commit id that was read on the way. */
async function readChunk(client: RedisClient, names: RedisKeys, partition: number, ids: string[]): Promise<Read[]> {
  const [first, ...checks] = await readStates(client, names, partition, ids);
  const missing = ids.filter((_, i) => first.states[i] === null);
  if (missing.length === 0) return [first, ...checks];
  const looked = await lookForStates(client, names, partition, missing);
  let at = 0;
  const states = first.states.map((state) => state ?? looked.states[at++]!);
  return [{ ...first, states }, ...checks, { ...looked, states: [] }];
}

/**
 * Each commit has another id, and a part of one shows in the marks: if meta is the same before and after the states, no commit came between.
 * Not a transaction: with memory full, Redis refuses to queue even reads.
 */
async function readStates(
  client: RedisClient,
  names: RedisKeys,
  partition: number,
  ids: string[],
): Promise<[Read, Read]> {
  const meta = names.meta(partition);
  const replies = await client
    .pipeline()
    .hmgetBuffer(meta, ...CHAIN_FIELDS)
    .mgetBuffer(ids.map((id) => names.state(partition, id)))
    .hmgetBuffer(meta, ...CHAIN_FIELDS)
    .exec();
  const [before, states, after] = replies!.map(([error, reply]) => {
    if (error !== null) throw error;
    return reply as (Buffer | null)[];
  });
  return [
    { commitId: newestOf(before!), states: states! },
    { commitId: newestOf(after!), states: [] },
  ];
}

async function lookForStates(client: RedisClient, names: RedisKeys, partition: number, ids: string[]): Promise<Read> {
  const keys = [names.meta(partition), ...ids.map((id) => names.state(partition, id))];
  const args = [String(ids.length), String(Buffer.byteLength(names.state(partition, '')))];
  const shardAt = new Map<number, string>();
  for (const id of ids) args.push(shardIndex(names, partition, id, keys, shardAt));
  const reply = await LOOK_FOR_STATES.run(client, keys, args);
  const [commitIds, ...states] = reply as [Buffer | null, ...FoundState[]];
  return { commitId: newestOf([commitIds, null, null]), states };
}

function newestOf(chain: readonly (Buffer | null)[]): string {
  const [commitIds, begun, whole] = chain.map((field) => field?.toString());
  return begun === whole ? (commitIds?.split(' ').at(-1) ?? '') : '-';
}

/**
 * Joins the reads of one load. If they were made at different commits, they have no commit id in common. Then `commitId` is a text with
 * spaces, which no commit id has. So the store refuses a commit that names it as its predecessor.
 */
function joined(reads: readonly Read[], customerIds: readonly string[]): LoadedStates {
  const newest = new Set(reads.map(({ commitId }) => commitId));
  const found = reads.flatMap(({ states }) => states);
  return {
    commitId: newest.size > 1 ? 'read at several' : ([...newest][0] ?? ''),
    states: found.map((state) => (state === 0 ? null : state)),
    vanished: customerIds.filter((_, i) => found[i] === 0),
  };
}
