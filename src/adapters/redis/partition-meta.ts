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
  const [epoch, cids, commits, folded, published, ...blobs] = reply as [number, ...(Buffer | null)[]];
  const outbox = blobs.map((blob) => {
    if (!Buffer.isBuffer(blob)) throw strange(partition);
    return decodeOutboxBlob(blob);
  });
  return { epoch, meta: decodeMeta(partition, [cids, commits, folded, published]), outbox };
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
