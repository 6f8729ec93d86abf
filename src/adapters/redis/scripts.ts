import { createHash } from 'node:crypto';
import type { RedisClient } from './connection';

/** A Lua script. All its keys have one hash tag. */
export class RedisScript {
  private readonly sha: string;

  constructor(private readonly source: string) {
    this.sha = createHash('sha1').update(source).digest('hex');
  }

  /** Bulk replies come as Buffers. Not for pipelines: the fallback needs the reply. */
  async run(client: RedisClient, keys: readonly string[], args: readonly (string | Buffer)[]): Promise<unknown> {
    // Passed as one array: a large commit has more arguments than a JavaScript call may have.
    const rest = [keys.length, ...keys, ...args];
    try {
      return await client.callBuffer('evalsha', [this.sha, ...rest]);
    } catch (error) {
      // NOSCRIPT is the error code of the reply: this node never got the script, or it restarted.
      if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      return await client.callBuffer('eval', [this.source, ...rest]);
    }
  }
}

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
