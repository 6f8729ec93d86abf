import {
  type DeploymentIdentity,
  decodeIdentity,
  describeIdentity,
  otherPartitionCount,
} from '../../domain/deployment-identity';
import type { OffsetVector } from '../../domain/event';
import type { Claim, PartitionMeta } from '../../ports/state-store';
import { OLDEST_FORMAT } from '../../serde/format-level';
import { RedisError } from './errors';
import { decodeOutboxBlob, OutboxBlobError } from './outbox-blob';

export const encodeOffsets = (offsets: OffsetVector): string => offsets.join(',');

/** Throws {@link RedisError} 'redis-content' for text that {@link encodeOffsets} never writes. */
export function decodeOffsets(text: string, partition: number): OffsetVector {
  const offsets = text === '' ? [] : text.split(',').map(Number);
  const isWhole = offsets.every(
    (offset, i) => Number.isSafeInteger(offset) && offset >= 0 && text.split(',')[i] === `${offset}`,
  );
  if (!isWhole) throw strange(partition, `offsets "${text}"`);
  return offsets;
}

/** Decodes the reply of the claim script. Throws {@link RedisError} 'redis-content', or the errors of the blobs' codec. */
export function decodeClaim(partition: number, reply: unknown): Omit<Claim, 'format'> {
  if (!Array.isArray(reply) || typeof reply[0] !== 'number') throw strange(partition);
  const [epoch, cids, commits, folded, published, begun, whole, topics, ...blobs] = reply as [
    number,
    ...(Buffer | null)[],
  ];
  const meta = decodeMeta(partition, [cids, commits, folded, published, begun, whole]);
  const outbox = blobs.map((blob, i) => {
    if (!Buffer.isBuffer(blob)) throw strange(partition);
    try {
      return decodeOutboxBlob(blob);
    } catch (cause) {
      const where = `commit ${i + 1} of ${blobs.length} in the outbox of partition ${partition}`;
      throw new OutboxBlobError(`${where}: ${cause instanceof Error ? cause.message : cause}`, { cause });
    }
  });
  const topicIds = topics ? { topicIds: decodeTopicIds(topics.toString()) } : {};
  return { epoch, meta, outbox, ...topicIds };
}

/** The stored identity in the reply to a refused claim. null if the claim was granted. */
export function refusedFor(reply: unknown): string | null {
  return Array.isArray(reply) && reply[0] === 0 ? String(reply[1]) : null;
}

export function refusedClaim(owner: string, claimant: DeploymentIdentity): Claim {
  const identity = decodeIdentity(owner);
  const foldedWith = identity && otherPartitionCount(identity, claimant);
  return {
    epoch: 0,
    format: OLDEST_FORMAT,
    meta: null,
    outbox: [],
    foreign: identity === null ? owner : describeIdentity(identity),
    ...(foldedWith === null ? {} : { foldedWith }),
  };
}

const NO_ID = '-';

export const encodeTopicIds = (ids: readonly (string | null)[]): string => ids.map((id) => id ?? NO_ID).join(',');

export function decodeTopicIds(text: string): (string | null)[] {
  return text === '' ? [] : text.split(',').map((id) => (id === NO_ID ? null : id));
}

/** The fields that {@link decodeMeta} takes, in its order. */
export const META_FIELDS = ['cids', 'commits', 'folded', 'published', 'begun', 'whole'] as const;

/** Throws {@link RedisError}: 'redis-content' for an invalid form, 'redis-torn' if a part of a commit came back. */
export function decodeMeta(partition: number, fields: readonly (Buffer | null | undefined)[]): PartitionMeta | null {
  const [cids, commits, folded, published, begun, whole] = fields.map((field) => field?.toString());
  if (begun !== whole) {
    throw new RedisError(
      'redis-torn',
      `partition ${partition} in Redis holds a part of a commit: its Redis loaded an append-only file that ended inside one and then restarted, or a script failed half way (commits begun ${begun ?? 0}, whole ${whole ?? 0})`,
    );
  }
  if (cids === undefined) return null;
  if (commits === undefined || folded === undefined || published === undefined)
    throw strange(partition, 'a field too few');
  if (!/^\S+( \S+)*$/.test(cids)) throw strange(partition, `commit ids "${cids}"`);
  if (!/^\d{1,15}$/.test(commits)) throw strange(partition, `commits "${commits}"`);
  return {
    commitIds: cids.split(' '),
    commits: Number(commits),
    folded: decodeOffsets(folded, partition),
    published: decodeOffsets(published, partition),
  };
}

function strange(partition: number, what = 'a reply of an invalid form'): RedisError {
  return new RedisError(
    'redis-content',
    `meta of partition ${partition} in Redis has ${what.slice(0, 200)}: it is damaged, or another program uses the key prefix (CLV_REDIS_PREFIX)`,
  );
}
