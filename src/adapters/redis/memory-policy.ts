import { Cluster, type Redis } from 'ioredis';

/**
 * What is wrong with the eviction policy, or null. Anything but `noeviction` drops customers' states without a word once memory is full.
 * Asked by INFO: hosted services refuse CONFIG.
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
