import { RedisScript } from './redis-script';

/**
 * A member's beat in the lease table: see domain/lease. Redis may bring back a part of it after a crash. That costs a move, never a delivery.
 *   KEYS  1 leases
 *   ARGV  1 member, 2 its note, 3 '1' for the first beat, 4 ms that the table is kept, then four lists, each with its length before it:
 *         partitions to free, `partition:member` to give, partitions to take, partitions to fill
 *   reply { 1 carried out, 0 the member was not known; { field, value … } of the whole table }
 */
export const LEASE_BEAT = new RedisScript(`
local me = ARGV[1]
local known = redis.call('HEXISTS', KEYS[1], 'm:' .. me) == 1 or ARGV[3] == '1'
if known then
  local lists, at = {}, 5
  for list = 1, 4 do
    local n = tonumber(ARGV[at])
    lists[list] = { unpack(ARGV, at + 1, at + n) }
    at = at + 1 + n
  end
  redis.call('HSET', KEYS[1], 'm:' .. me, ARGV[2])
  for _, p in ipairs(lists[1]) do
    if redis.call('HGET', KEYS[1], 'p:' .. p) == me then redis.call('HDEL', KEYS[1], 'p:' .. p) end
  end
  for _, give in ipairs(lists[2]) do
    local p, to = string.match(give, '^(%d+):(.*)$')
    if redis.call('HGET', KEYS[1], 'p:' .. p) == me and redis.call('HEXISTS', KEYS[1], 'm:' .. to) == 1 then
      redis.call('HSET', KEYS[1], 'p:' .. p, to)
    end
  end
  for _, p in ipairs(lists[3]) do redis.call('HSET', KEYS[1], 'p:' .. p, me) end
  for _, p in ipairs(lists[4]) do redis.call('HSETNX', KEYS[1], 'p:' .. p, me) end
  redis.call('PEXPIRE', KEYS[1], ARGV[4])
end
return { known and 1 or 0, redis.call('HGETALL', KEYS[1]) }
`);

/**
 * Declares a member dead if its note is still the one that was seen, and takes partitions that it holds.
 *   KEYS  1 leases
 *   ARGV  1 member that takes, 2 silent member, 3 its note as seen, '' if it had none, then partitions
 *   reply the partitions taken
 */
export const LEASE_TAKE = new RedisScript(`
local note = redis.call('HGET', KEYS[1], 'm:' .. ARGV[2]) or ''
if note ~= ARGV[3] or redis.call('HEXISTS', KEYS[1], 'm:' .. ARGV[1]) == 0 then return {} end
redis.call('HDEL', KEYS[1], 'm:' .. ARGV[2])
local taken = {}
for i = 4, #ARGV do
  if redis.call('HGET', KEYS[1], 'p:' .. ARGV[i]) == ARGV[2] then
    redis.call('HSET', KEYS[1], 'p:' .. ARGV[i], ARGV[1])
    taken[#taken + 1] = ARGV[i]
  end
end
return taken
`);

/**
 * Removes a member and all that it holds.
 *   KEYS  1 leases
 *   ARGV  1 member
 */
export const LEASE_LEAVE = new RedisScript(`
redis.call('HDEL', KEYS[1], 'm:' .. ARGV[1])
local fields = redis.call('HGETALL', KEYS[1])
for i = 1, #fields, 2 do
  if string.sub(fields[i], 1, 2) == 'p:' and fields[i + 1] == ARGV[1] then redis.call('HDEL', KEYS[1], fields[i]) end
end
`);
