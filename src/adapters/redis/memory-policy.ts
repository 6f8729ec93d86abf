import { Cluster, type Redis } from 'ioredis';

/**
 * Describes a wrong eviction policy, or returns null. Any policy but `noeviction` drops customers' states silently when memory is full.
 * Uses INFO, because hosted services refuse CONFIG.
 */
export async function evictionWarning(client: Redis | Cluster): Promise<string | null> {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client];
  const found = await Promise.all(nodes.map((node) => node.info('memory')));
  const policies = found.map((info) => /^maxmemory_policy:(\S+)/m.exec(info)?.[1] ?? 'noeviction');
  const wrong = policies.find((policy) => policy !== 'noeviction');
  return wrong === undefined
    ? null
    : `Redis has maxmemory-policy ${wrong}: with memory full it would drop customers' states silently; set noeviction`;
}
