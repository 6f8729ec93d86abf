import { shardOf } from '../../domain/math/hash';
import type { MendedState, StateMend } from '../../ports/state-mend';
import { SWEEP_SHARDS } from '../../ports/state-store';
import type { RedisConnection } from './connection';
import { encodeOffsets } from './partition-meta';
import { RedisScript } from './redis-script';

/**
 * Compares and sets one state. Raises the epoch: the owner may hold the state of before in memory, and its next commit must not write over
 * the new one. What the newest claim noted of format levels stays valid.
 *   KEYS  1 meta, 2 state, 3 shard set of the customer
 *   ARGV  1 whether a value was found (1 or 0), 2 that value, 3 state, 4 customer id, 5 folded
 *   reply 1 set, 0 another value is stored, or the partition has no commit chain, or its folded offsets are behind `folded`
 */
const MEND = new RedisScript(`
-- Stored together with the commit chain, and taken away with it.
local folded = redis.call('HGET', KEYS[1], 'folded')
if not folded then return 0 end
local reached = {}
for offset in string.gmatch(folded, '%d+') do reached[#reached + 1] = tonumber(offset) end
local topic = 0
for offset in string.gmatch(ARGV[5], '%d+') do
  topic = topic + 1
  if (reached[topic] or 0) < tonumber(offset) then return 0 end
end
-- A key of another type is none of this program's: it counts as absent, as it does for MGET.
local there = redis.call('TYPE', KEYS[2]).ok == 'string' and redis.call('GET', KEYS[2])
if ARGV[1] == '1' then
  if there ~= ARGV[2] then return 0 end
elseif there then return 0 end
local epoch = redis.call('HINCRBY', KEYS[1], 'epoch', 1)
local claim, level = string.match(redis.call('HGET', KEYS[1], 'reads') or '', '^(%d+):(%d+)$')
if tonumber(claim) == epoch - 1 then redis.call('HSET', KEYS[1], 'reads', epoch .. ':' .. level) end
redis.call('SADD', KEYS[3], ARGV[4])
redis.call('SET', KEYS[2], ARGV[3])
return 1
`);

export class RedisStateMend implements StateMend {
  /** Closing the mend closes the connection. */
  constructor(private readonly connection: RedisConnection) {}

  async put(partition: number, { customerId, found, state, folded }: MendedState): Promise<boolean> {
    const { keys } = this.connection;
    const names = [
      keys.meta(partition),
      keys.state(partition, customerId),
      keys.shard(partition, shardOf(customerId, SWEEP_SHARDS)),
    ];
    const args = [found === null ? '0' : '1', Buffer.from(found ?? []), Buffer.from(state), customerId];
    const reply = await this.connection.run(`mend of a state of partition ${partition}`, (client) =>
      MEND.run(client, names, [...args, encodeOffsets(folded)]),
    );
    return reply === 1;
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}
