import type { RedisFacts, RedisNodeFacts } from '../../adapters/redis/server-facts';
import { type Finding, fault, ok, warning } from './finding';

/** A fuller Redis refuses writes soon. */
const FULL_SHARE = 0.8;
const MIB = 1024 * 1024;

export function judgeRedis({ nodes, asCluster, eviction }: RedisFacts): Finding[] {
  const findings: Finding[] = [];
  if (eviction !== null) {
    const [what, fix] = eviction.split('; ');
    findings.push(
      fault(
        'redis',
        what!,
        `${fix ?? 'set noeviction'}: redis-cli CONFIG SET maxmemory-policy noeviction, and in redis.conf`,
      ),
    );
  }
  if (!asCluster && nodes.some(({ isClusterNode }) => isClusterNode)) {
    findings.push(
      fault('redis', 'it is a node of a Redis Cluster, and is used as a single Redis', 'set REDIS_MODE=cluster'),
    );
  }
  if (nodes.some(({ isMaster }) => !isMaster)) {
    findings.push(
      fault(
        'redis',
        'it is a replica, which refuses writes',
        'set REDIS_URL to the master, or use REDIS_MODE=sentinel',
      ),
    );
  }
  if (nodes.some((node) => isFull(node))) {
    findings.push(
      warning(
        'redis',
        `its memory is more than ${100 * FULL_SHARE} % full: at the limit scorers stand still`,
        'raise maxmemory',
      ),
    );
  }
  if (nodes.some(({ appendsToFile, takesSnapshots }) => !appendsToFile && !takesSnapshots)) {
    findings.push(
      warning(
        'redis',
        'it keeps nothing on its disk: after a restart of Redis the state is gone, and scorers stand still (CLV_ON_STATE_LOST)',
        'redis-cli CONFIG SET appendonly yes, and in redis.conf',
      ),
    );
  }
  if (findings.length > 0) return findings;
  const [first] = nodes;
  const memory = `${Math.round((first?.usedBytes ?? 0) / MIB)} MiB used`;
  return [
    ok(
      'redis',
      `version ${first?.version}, ${nodes.length > 1 ? `${nodes.length} masters, ` : ''}${memory}, no eviction`,
    ),
  ];
}

function isFull({ usedBytes, limitBytes }: RedisNodeFacts): boolean {
  return limitBytes > 0 && usedBytes > FULL_SHARE * limitBytes;
}
