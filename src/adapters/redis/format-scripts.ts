import { RedisScript } from './redis-script';

/**
 * Notes the newest format level that the program with this claim can read, and reads the partition's level. A partition that was never
 * claimed starts at the newest level. Separate from the claim script, because a change of the level raises the epoch.
 *   KEYS  1 meta
 *   ARGV  1 epoch of the claim, 2 newest level
 *   reply level | nil
 */
export const FORMAT_AT_CLAIM = new RedisScript(`
if redis.call('HGET', KEYS[1], 'epoch') == ARGV[1] then
  redis.call('HSET', KEYS[1], 'reads', ARGV[1] .. ':' .. ARGV[2])
  if ARGV[1] == '1' then redis.call('HSETNX', KEYS[1], 'format', ARGV[2]) end
end
return redis.call('HGET', KEYS[1], 'format')
`);

/**
 * Sets a partition's format level and fences its owner. The owner claims again and then writes at the new level.
 *   KEYS  1 meta
 *   ARGV  1 level, 2 newest level that this program reads
 *   reply epoch
 */
export const SET_FORMAT = new RedisScript(`
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
redis.call('HSET', KEYS[1], 'format', ARGV[1], 'reads', epoch .. ':' .. ARGV[2])
return epoch
`);

/**
 * Replaces the states that still equal what was read.
 *   KEYS  1 meta, then n state keys
 *   ARGV  per state: the bytes that were read, and their replacement
 *   reply number of states replaced
 */
export const REPLACE_STATES = new RedisScript(`
local mark = redis.call('HMGET', KEYS[1], 'begun', 'whole')
if mark[1] ~= mark[2] then return 0 end
local begun = redis.call('HINCRBY', KEYS[1], 'begun', 1)
local replaced = 0
for i = 1, #KEYS - 1 do
  if redis.call('GET', KEYS[1 + i]) == ARGV[2 * i - 1] then
    redis.call('SET', KEYS[1 + i], ARGV[2 * i])
    replaced = replaced + 1
  end
end
redis.call('HSET', KEYS[1], 'whole', begun)
return replaced
`);

/**
 * Replaces one blob of an outbox, at whatever position it is now.
 *   KEYS  1 outbox
 *   ARGV  1 the blob that was read, 2 its replacement
 *   reply 1 replaced, 0 the blob is gone
 */
export const REPLACE_BLOB = new RedisScript(`
for i = 0, redis.call('LLEN', KEYS[1]) - 1 do
  if redis.call('LINDEX', KEYS[1], i) == ARGV[1] then
    redis.call('LSET', KEYS[1], i, ARGV[2])
    return 1
  end
end
return 0
`);
