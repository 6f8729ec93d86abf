/**
 * Every key in Redis. The hash tag is the partition: all keys of one partition are in one slot, so one script may use them together.
 *
 * | key                      | type | holds                                                                    |
 * |--------------------------|------|--------------------------------------------------------------------------|
 * | `clv:{p}:meta`           | hash | epoch, cids (the last 8, space between), commits, folded, published (offsets per topic, comma between), begun and whole (equal unless a part of a commit came back), identity (JSON), topics (ids, comma between), format (level; absent: 1), reads (`epoch:level` of the last claim that knew levels) |
 * | `clv:{p}:outbox`         | list | one blob per commit not yet trimmed, oldest first; outbox-blob.ts   |
 * | `clv:{p}:c:<customer>`   | string | the customer's sequence state; serde/state-blob.ts                      |
 * | `clv:{p}:s:<shard>`      | set  | customers of one sweep shard                                              |
 * | `clv:leases:<deployment>` | hash | the scorers' leases beside the consumer group; lease-table.ts              |
 * | `clv:id`                 | string | tells this state apart from that in another Redis, or under another prefix |
 */
export class RedisKeys {
  /** @param prefix replaces `clv`, for several deployments in one Redis. Braces are refused: they would move the hash tag. */
  constructor(private readonly prefix = 'clv') {
    if (/[{}]/.test(prefix))
      throw new RangeError(
        `Redis key prefix "${prefix}" contains a brace, which would move the hash tag; set CLV_REDIS_PREFIX without braces`,
      );
  }

  id(): string {
    return `${this.prefix}:id`;
  }

  /** A second deployment that was given the same prefix by mistake must not take part in the first one's leases. */
  leases(deployment: string): string {
    return `${this.prefix}:leases:${deployment}`;
  }

  meta(partition: number): string {
    return `${this.prefix}:{${partition}}:meta`;
  }

  outbox(partition: number): string {
    return `${this.prefix}:{${partition}}:outbox`;
  }

  state(partition: number, customerId: string): string {
    return `${this.prefix}:{${partition}}:c:${customerId}`;
  }

  shard(partition: number, shard: number): string {
    return `${this.prefix}:{${partition}}:s:${shard}`;
  }
}
