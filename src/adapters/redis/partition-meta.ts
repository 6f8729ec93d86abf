import { decodeIdentity, describeIdentity } from '../../domain/deployment-identity';
import type { OffsetVector } from '../../domain/event';
import type { Claim, PartitionMeta } from '../../ports/state-store';
import { RedisError } from './errors';
import { decodeOutboxBlob } from './outbox-blob';

export const encodeOffsets = (offsets: OffsetVector): string => offsets.join(',');

export function decodeOffsets(text: string): OffsetVector {
  return text === '' ? [] : text.split(',').map(Number);
}

/** The reply of the claim script. Throws {@link RedisError} 'redis-content', or what the blobs' codec throws. */
export function decodeClaim(partition: number, reply: unknown): Claim {
  if (!Array.isArray(reply) || typeof reply[0] !== 'number') throw strange(partition);
  const [epoch, cids, commits, folded, published, topics, ...blobs] = reply as [number, ...(Buffer | null)[]];
  const outbox = blobs.map((blob) => {
    if (!Buffer.isBuffer(blob)) throw strange(partition);
    return decodeOutboxBlob(blob);
  });
  const topicIds = topics ? { topicIds: decodeTopicIds(topics.toString()) } : {};
  return { epoch, meta: decodeMeta(partition, [cids, commits, folded, published]), outbox, ...topicIds };
}

/** The identity, as stored, that a refused claim names; null where the claim was granted. */
export function refusedFor(reply: unknown): string | null {
  return Array.isArray(reply) && reply[0] === 0 ? String(reply[1]) : null;
}

export function refusedClaim(owner: string): Claim {
  const known = decodeIdentity(owner);
  return { epoch: 0, meta: null, outbox: [], foreign: known === null ? owner : describeIdentity(known) };
}

const NO_ID = '-';

export const encodeTopicIds = (ids: readonly (string | null)[]): string => ids.map((id) => id ?? NO_ID).join(',');

export function decodeTopicIds(text: string): (string | null)[] {
  return text === '' ? [] : text.split(',').map((id) => (id === NO_ID ? null : id));
}

export function decodeMeta(partition: number, fields: readonly (Buffer | null | undefined)[]): PartitionMeta | null {
  const [cids, commits, folded, published] = fields.map((field) => field?.toString());
  if (cids === undefined) return null;
  if (commits === undefined || folded === undefined || published === undefined) throw strange(partition);
  return {
    cids: cids.split(' '),
    commits: Number(commits),
    folded: decodeOffsets(folded),
    published: decodeOffsets(published),
  };
}

function strange(partition: number): RedisError {
  return new RedisError(
    'redis-content',
    `meta of partition ${partition} in Redis is not of this program's layout: does another program use the key prefix?`,
  );
}
