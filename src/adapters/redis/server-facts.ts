import { Cluster } from 'ioredis';
import { RedisConnection } from './connection';
import { evictionWarning } from './memory-policy';
import { type RedisSettings, redisMode } from './settings';

/** One Redis that holds state. */
export interface RedisNodeFacts {
  readonly version: string;
  /** False for a replica, which refuses writes. */
  readonly isMaster: boolean;
  readonly isClusterNode: boolean;
  /** Whether a restart finds the state again: append-only file, or snapshots. */
  readonly appendsToFile: boolean;
  readonly takesSnapshots: boolean;
  readonly usedBytes: number;
  /** 0 for no limit. */
  readonly limitBytes: number;
  /** Its clock, ms since the epoch, less this machine's. Half the time of the request is already taken off. */
  readonly clockAheadMs: number;
}

export interface RedisFacts {
  readonly nodes: readonly RedisNodeFacts[];
  /** The connection expects a cluster. */
  readonly asCluster: boolean;
  /** A sentence on a policy that drops states, or null. */
  readonly eviction: string | null;
}

/** Looks at Redis. Changes nothing. Rejects with {@link RedisError} if it does not answer. */
export async function readRedisFacts(settings: RedisSettings, nowMs: () => number): Promise<RedisFacts> {
  const connection = new RedisConnection(
    { ...settings, rewritesFile: false },
    { dependency: () => undefined, warning: () => undefined },
  );
  try {
    return await connection.run('looking at Redis', async (client) => {
      const nodes: RedisNodeFacts[] = [];
      // The first command opens the connection, so that a cluster knows its nodes.
      await client.ping();
      for (const node of client instanceof Cluster ? client.nodes('master') : [client]) {
        const info = await node.info();
        // INFO has no SAVE: the file's settings may be refused, as on hosted services.
        const save = await node.config('GET', 'save').catch(() => null);
        const beforeMs = nowMs();
        const [seconds, micros] = await node.time();
        const middleMs = (beforeMs + nowMs()) / 2;
        nodes.push(
          factsOf(
            info,
            Array.isArray(save) ? `${save[1]}` : null,
            1000 * Number(seconds) + Number(micros) / 1000 - middleMs,
          ),
        );
      }
      return { nodes, asCluster: redisMode(settings) === 'cluster', eviction: await evictionWarning(client) };
    });
  } finally {
    await connection.close();
  }
}

function factsOf(info: string, save: string | null, clockAheadMs: number): RedisNodeFacts {
  const of = (field: string) => new RegExp(`^${field}:(\\S*)`, 'm').exec(info)?.[1];
  return {
    version: of('redis_version') ?? 'unknown',
    isMaster: of('role') !== 'slave',
    isClusterNode: of('cluster_enabled') === '1',
    appendsToFile: of('aof_enabled') === '1',
    takesSnapshots: save !== '',
    usedBytes: Number(of('used_memory') ?? 0),
    limitBytes: Number(of('maxmemory') ?? 0),
    clockAheadMs,
  };
}
