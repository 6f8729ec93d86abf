import { RedisScript } from './redis-script';

/**
 * Assigns a partition to another deployment.
 *   KEYS  1 meta
 *   ARGV  1 identity, 2 topic ids
 *   reply the previous identity | nil
 */
export const ADOPT = new RedisScript(`
local before = redis.call('HGET', KEYS[1], 'identity')
redis.call('HSET', KEYS[1], 'identity', ARGV[1], 'topics', ARGV[2])
redis.call('HINCRBY', KEYS[1], 'epoch', 1)
return before
`);

/**
 * Removes a partition's commit chain, folded offsets and outbox, and raises the epoch: its owner is fenced, and the next claim finds no
 * state. A partition that was never claimed starts at the newest format level.
 *   KEYS  1 meta, 2 outbox
 *   ARGV  1 newest level
 *   reply { epoch, level | nil }
 */
export const ARCHIVE_BEGIN = new RedisScript(`
-- Deletes nothing, but lets the script run where memory is full: it frees memory.
redis.call('HDEL', KEYS[1], '')
local begun = redis.call('HINCRBY', KEYS[1], 'begun', 1)
redis.call('HDEL', KEYS[1], 'cids', 'commits', 'folded', 'published')
redis.call('DEL', KEYS[2])
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('HSET', KEYS[1], 'reads', epoch .. ':' .. ARGV[1])
if epoch == 1 then redis.call('HSET', KEYS[1], 'format', ARGV[1]) end
-- Whatever part came back goes with everything else, so the mark is set although it may have been wrong.
redis.call('HSET', KEYS[1], 'whole', begun)
return { epoch, redis.call('HGET', KEYS[1], 'format') }
`);

/**
 * Stores states into a partition without a commit chain.
 *   KEYS  1 meta, then n state keys, then the shard sets of their customers
 *   ARGV  1 epoch, 2 n, then n states in the order of their keys, then per customer: index of its shard set in KEYS, its id
 *   reply 1 stored, 0 as for DROP_ORPHANS
 */
export const ARCHIVE_PUT = new RedisScript(`
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] or redis.call('HEXISTS', KEYS[1], 'cids') == 1 then return 0 end
local mark = redis.call('HMGET', KEYS[1], 'begun', 'whole')
if mark[1] ~= mark[2] then return 0 end
local begun = redis.call('HINCRBY', KEYS[1], 'begun', 1)
local n = tonumber(ARGV[2])
for i = 3 + n, #ARGV, 2 do redis.call('SADD', KEYS[tonumber(ARGV[i])], ARGV[i + 1]) end
for i = 1, n do redis.call('SET', KEYS[1 + i], ARGV[2 + i]) end
redis.call('HSET', KEYS[1], 'whole', begun)
return 1
`);

/**
 * Sets a partition's commit chain, folded offsets and published offsets.
 *   KEYS  1 meta
 *   ARGV  1 epoch, 2 commit ids, 3 commits, 4 folded, 5 published
 *   reply 1 done, also by the same call before, 0 as for DROP_ORPHANS
 */
export const ARCHIVE_FINISH = new RedisScript(`
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'cids', 'commits', 'folded', 'published')
if meta[1] ~= ARGV[1] then return 0 end
if meta[2] then
  for i = 2, 5 do if meta[i] ~= ARGV[i] then return 0 end end
  return 1
end
redis.call('HSET', KEYS[1], 'cids', ARGV[2], 'commits', ARGV[3], 'folded', ARGV[4], 'published', ARGV[5])
return 1
`);
