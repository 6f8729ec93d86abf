/**
 * An export of the state, one JSON object a line, UTF-8:
 *
 *   {"format":"clv-stream-state","version":2,"partitions":12,"topics":["orders",…],"exportedAt":"2024-01-01T00:00:00.000Z"}
 *   then for each partition
 *     {"partition":0,"cids":["…"],"commits":17,"folded":[…],"published":[…]}      or {"partition":1,"cids":[]} without a state
 *     {"customer":"…","state":"…"}                                               the blob of serde/state-blob.ts, base64
 *     {"partitionEnd":0,"customers":2}
 *   {"end":true,"customers":2}
 *
 * Each line ends with a digest (line-digests.ts). An export of version 1 has none, and is accepted too.
 * cids: the last commit ids, newest last. folded, published: folded and published offsets, one per topic in the order of `topics`.
 * The counts at the ends detect a truncated file.
 */
import type { PartitionMeta } from '../../ports/state-store';

export interface ArchiveHeader {
  readonly partitions: number;
  readonly topics: readonly string[];
  readonly exportedAt: string;
}

export type ArchiveLine =
  | ({ readonly type: 'header' } & ArchiveHeader & { readonly version?: number })
  | { readonly type: 'partition'; readonly partition: number; readonly meta: PartitionMeta | null }
  | { readonly type: 'customer'; readonly customerId: string; readonly state: Uint8Array }
  | { readonly type: 'partition-end'; readonly partition: number; readonly customers: number }
  | { readonly type: 'end'; readonly customers: number };

const FORMAT = 'clv-stream-state';
const VERSION = 2;
/** First version of exports with digests. */
const SIGNED_FROM = 2;

/** The file is not an export of a supported version, or it is incomplete. */
export class StateArchiveError extends Error {
  readonly code = 'CLV_STATE_ARCHIVE';
  override readonly name = 'StateArchiveError';
}

/** True if lines of an export of this version must have digests. */
export function hasDigests(version: number): boolean {
  return version >= SIGNED_FROM;
}

export function encodeArchiveLine(line: ArchiveLine): string {
  switch (line.type) {
    case 'header': {
      const { partitions, topics, exportedAt } = line;
      return JSON.stringify({ format: FORMAT, version: VERSION, partitions, topics, exportedAt });
    }
    case 'partition': {
      const { commitIds: cids, ...rest } = line.meta ?? { commitIds: [] };
      return JSON.stringify({ partition: line.partition, cids, ...rest });
    }
    case 'customer':
      return JSON.stringify({ customer: line.customerId, state: Buffer.from(line.state).toString('base64') });
    case 'partition-end':
      return JSON.stringify({ partitionEnd: line.partition, customers: line.customers });
    case 'end':
      return JSON.stringify({ end: true, customers: line.customers });
  }
}

/** Throws {@link StateArchiveError} with the line's number. */
export function decodeArchiveLine(text: string, number: number): ArchiveLine {
  let fields: Readonly<Record<string, unknown>>;
  try {
    fields = JSON.parse(text) as Readonly<Record<string, unknown>>;
  } catch (error) {
    throw new StateArchiveError(`line ${number} is no JSON: ${(error as Error).message}`);
  }
  const line = fields === null || typeof fields !== 'object' ? null : lineOf(fields);
  if (line === null)
    throw new StateArchiveError(`line ${number} is not a line of an export of version 1 to ${VERSION}`);
  return line;
}

function lineOf(fields: Readonly<Record<string, unknown>>): ArchiveLine | null {
  const { format, version, partition, customer, state, partitionEnd, customers } = fields;
  if (format === FORMAT && isCount(version) && version >= 1 && version <= VERSION) return headerOf(fields, version);
  if (isCount(partition)) {
    const meta = metaOf(fields);
    return meta === undefined ? null : { type: 'partition', partition, meta };
  }
  if (typeof customer === 'string' && customer !== '' && typeof state === 'string') {
    return { type: 'customer', customerId: customer, state: Buffer.from(state, 'base64') };
  }
  if (!isCount(customers)) return null;
  if (isCount(partitionEnd)) return { type: 'partition-end', partition: partitionEnd, customers };
  return fields.end === true ? { type: 'end', customers } : null;
}

function headerOf(
  { partitions, topics, exportedAt }: Readonly<Record<string, unknown>>,
  version: number,
): ArchiveLine | null {
  if (!isCount(partitions) || !isTexts(topics) || typeof exportedAt !== 'string') return null;
  return { type: 'header', partitions, topics, exportedAt, version };
}

/** Null for a partition without a state. Undefined if the fields are invalid. */
function metaOf(fields: Readonly<Record<string, unknown>>): PartitionMeta | null | undefined {
  const { cids, commits, folded, published } = fields;
  if (!isTexts(cids)) return undefined;
  if (cids.length === 0) return null;
  if (!isCount(commits) || !isOffsets(folded) || !isOffsets(published)) return undefined;
  return { commitIds: cids, commits, folded, published };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isOffsets(value: unknown): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}
