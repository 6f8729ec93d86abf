import { RedisScript } from './redis-script';

/*
 * A script is no transaction on disk. After a crash, Redis may bring back its first writes without the rest, and later writes follow them
 * (docs/decisions/053-torn-commits.md). Scripts for which that would do harm mark it: the first write raises `begun` by one, and the last
 * write sets `whole` to the value that `begun` had in this run. If only a part came back, the two differ. Such a script then does nothing,
 * because its own mark would hide the difference. The other scripts write once, or write nothing that a part of them could damage.
 */

/**
 * Raises the owner epoch and reads what the owner needs. Changes nothing if the partition belongs to another deployment.
 *   KEYS  1 meta, 2 outbox
 *   ARGV  1 identity or '' for none, 2 an identity that it may replace, 3 topic ids
 *   reply { epoch, cids | nil, commits | nil, folded | nil, published | nil, begun | nil, whole | nil, topic ids | nil, blob… },
 *         or { 0, identity of the owner }
 */
export const CLAIM = new RedisScript(`
if ARGV[1] ~= '' then
  local owner = redis.call('HGET', KEYS[1], 'identity')
  if owner and owner ~= ARGV[1] and owner ~= ARGV[2] then return { 0, owner } end
  redis.call('HSET', KEYS[1], 'identity', ARGV[1])
  local found = redis.call('HMGET', KEYS[1], 'cids', 'topics')
  redis.call('HSET', KEYS[1], 'topics', found[1] and found[2] or ARGV[3])
end
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
local meta = redis.call('HMGET', KEYS[1], 'cids', 'commits', 'folded', 'published', 'begun', 'whole', 'topics')
local reply = { epoch, unpack(meta, 1, 7) }
for i, blob in ipairs(redis.call('LRANGE', KEYS[2], 0, -1)) do reply[8 + i] = blob end
return reply
`);

/**
 * Reads states together with the commit that they belong to, and looks why some are missing. If a customer has no state but is in the set
 * of its shard, the state has vanished.
 *   KEYS  1 meta, then n state keys, n at most 500, then the shard sets of their customers
 *   ARGV  1 n, 2 length of the part before the customer's id in a state key, then per state: index of its shard set in KEYS
 *   reply { cids | nil | '-' if a part of a commit came back, state | 0 vanished | nil … } in the order of the keys
 */
export const LOOK_FOR_STATES = new RedisScript(`
local n = tonumber(ARGV[1])
local reply = redis.call('MGET', unpack(KEYS, 2, 1 + n))
for i = 1, n do
  if not reply[i] then
    local customer = string.sub(KEYS[1 + i], tonumber(ARGV[2]) + 1)
    if redis.call('SISMEMBER', KEYS[tonumber(ARGV[2 + i])], customer) == 1 then reply[i] = 0 end
  end
end
local meta = redis.call('HMGET', KEYS[1], 'cids', 'begun', 'whole')
table.insert(reply, 1, meta[2] ~= meta[3] and '-' or meta[1])
return reply
`);

/**
 * Moves states, folded offsets, commit chain and outbox together, or nothing.
 *   KEYS  1 meta, 2 outbox, then n state keys, then the shard sets that get new members
 *   ARGV  1 epoch, 2 follows, 3 commit id, 4 folded, 5 outbox blob, 6 n, 7 commit ids to keep,
 *         then n states in the order of their keys, then per new customer: index of its shard set in KEYS, its id
 *   reply 1 committed (now, or before under the same commit id), 0 fenced
 */
export const COMMIT = new RedisScript(`
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'cids', 'begun', 'whole')
local cids = meta[2] or ''
if meta[3] ~= meta[4] then return 0 end
if string.find(' ' .. cids .. ' ', ' ' .. ARGV[3] .. ' ', 1, true) then return 1 end
local newest = string.match(cids, '%S+$') or ''
if meta[1] ~= ARGV[1] or newest ~= ARGV[2] then return 0 end
local begun = redis.call('HINCRBY', KEYS[1], 'begun', 1)
local n = tonumber(ARGV[6])
-- Listed before it is there: what drops a partition's states finds them by the lists.
for i = 8 + n, #ARGV, 2 do redis.call('SADD', KEYS[tonumber(ARGV[i])], ARGV[i + 1]) end
-- A call takes at most 8,000 values from a table.
for first = 1, n, 2000 do
  local values = {}
  for i = first, math.min(n, first + 1999) do
    values[#values + 1] = KEYS[2 + i]
    values[#values + 1] = ARGV[7 + i]
  end
  redis.call('MSET', unpack(values))
end
redis.call('RPUSH', KEYS[2], ARGV[5])
redis.call('HINCRBY', KEYS[1], 'commits', 1)
redis.call('HSETNX', KEYS[1], 'published', (string.gsub(ARGV[4], '%d+', '0')))
local kept = {}
for cid in string.gmatch(cids, '%S+') do kept[#kept + 1] = cid end
kept[#kept + 1] = ARGV[3]
while #kept > tonumber(ARGV[7]) do table.remove(kept, 1) end
redis.call('HSET', KEYS[1], 'cids', table.concat(kept, ' '), 'folded', ARGV[4], 'whole', begun)
return 1
`);

/**
 * Drops outbox blobs up to and including a commit id, and raises the published offsets, topic by topic. Does nothing without meta: that
 * partition was lost, and a trim must not make it look as if it still existed.
 *   KEYS  1 meta, 2 outbox
 *   ARGV  1 commit id, 2 published
 */
export const TRIM = new RedisScript(`
local meta = redis.call('HMGET', KEYS[1], 'published', 'begun', 'whole', 'cids')
if not meta[1] or meta[2] ~= meta[3] then return end
local old = {}
for offset in string.gmatch(meta[1], '%d+') do old[#old + 1] = offset end
local higher = {}
for offset in string.gmatch(ARGV[2], '%d+') do
  local before = old[#higher + 1] or '0'
  higher[#higher + 1] = tonumber(before) > tonumber(offset) and before or offset
end
for i = #higher + 1, #old do higher[i] = old[i] end
-- As in ARCHIVE_BEGIN: with memory full, what is published must go.
redis.call('HDEL', KEYS[1], '')
local begun = redis.call('HINCRBY', KEYS[1], 'begun', 1)
-- Each commit adds one blob and each trim drops the oldest, so the blobs are those of the newest commits. Reading them is slow: they are large.
local later
local behind = 0
for cid in string.gmatch(meta[4] or '', '%S+') do
  behind = behind + 1
  if cid == ARGV[1] then later = 0 elseif later then later = later + 1 end
end
local waiting = redis.call('LLEN', KEYS[2])
if later == 0 then redis.call('DEL', KEYS[2])
elseif later then redis.call('LTRIM', KEYS[2], -later, -1)
elseif waiting > behind then
  for i = 0, waiting - behind - 1 do
    local blob = redis.call('LINDEX', KEYS[2], i)
    if string.sub(blob, 3, 2 + string.byte(blob, 2)) == ARGV[1] then
      redis.call('LTRIM', KEYS[2], i + 1, -1)
      break
    end
  end
end
redis.call('HSET', KEYS[1], 'published', table.concat(higher, ','), 'whole', begun)
`);

/**
 * Restarts a partition after its topics were created again. See StateStore.restart.
 *   KEYS  1 meta, 2 outbox
 *   ARGV  1 epoch, 2 follows, 3 topic ids, 4 folded, 5 published
 *   reply 1 done, 0 fenced
 */
export const RESTART = new RedisScript(`
local meta = redis.call('HMGET', KEYS[1], 'epoch', 'cids')
if meta[1] ~= ARGV[1] or string.match(meta[2] or '', '%S+$') ~= ARGV[2] then return 0 end
local mark = redis.call('HMGET', KEYS[1], 'begun', 'whole')
if mark[1] ~= mark[2] then return 0 end
local begun = redis.call('HINCRBY', KEYS[1], 'begun', 1)
redis.call('DEL', KEYS[2])
redis.call('HSET', KEYS[1], 'topics', ARGV[3], 'folded', ARGV[4], 'published', ARGV[5], 'whole', begun)
return 1
`);

/**
 * Drops states of a partition without a commit chain, if the caller still holds the newest claim. Removes the ids one by one: after a part
 * of a commit came back, the shard set may hold more ids, and a state that is in no set can never be dropped.
 *   KEYS  1 meta, 2 shard set, then n state keys
 *   ARGV  1 epoch, then n ids
 *   reply 1 dropped, 0 claimed by somebody else, or it has a commit chain by now
 */
export const DROP_ORPHANS = new RedisScript(`
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] or redis.call('HEXISTS', KEYS[1], 'cids') == 1 then return 0 end
for i = 3, #KEYS do redis.call('UNLINK', KEYS[i]) end
redis.call('SREM', KEYS[2], unpack(ARGV, 2))
return 1
`);
