import type { PartitionMeta } from '../../ports/state-store';
import { CHECKED_FORMAT, NEWEST_FORMAT, OLDEST_FORMAT, parseFormat } from '../../serde/format-level';
import type { EmbeddedEnvironment } from './environment';
import { decodeJson, encodeJson, type PartitionEntry, partitionKey } from './layout';

const UNTOUCHED: PartitionEntry = { epoch: 0, publisherEpoch: 0, commits: 0, cids: [], folded: [], emitted: null };

/** Inside a write transaction it reads that transaction's own view. */
export function readPartition(env: EmbeddedEnvironment, partition: number): PartitionEntry {
  const stored = env.partitions.get(partitionKey(partition));
  return stored === undefined ? UNTOUCHED : decodeJson<PartitionEntry>(stored);
}

/** Only inside `env.write`. */
export function writePartition(env: EmbeddedEnvironment, partition: number, entry: PartitionEntry): void {
  env.partitions.putSync(partitionKey(partition), encodeJson(entry));
}

/** Throws FormatLevelError for a level of a later version. */
export function formatOf(entry: PartitionEntry, partition: number): number {
  return parseFormat(entry.format, `partition ${partition}`);
}

/** The entry with its next epoch, claimed by this program. An entry that was never claimed starts at the newest format level. */
export function withNextEpoch(entry: PartitionEntry): PartitionEntry {
  const epoch = entry.epoch + 1;
  const fresh = entry.epoch === 0 ? { format: NEWEST_FORMAT } : {};
  return { ...entry, ...fresh, epoch, ...readBy(epoch) };
}

/** The note of what this program reads, at an epoch that it has set. */
export function readBy(epoch: number): Pick<PartitionEntry, 'levelsReadAt' | 'levelRead'> {
  return { levelsReadAt: epoch, levelRead: { epoch, newest: NEWEST_FORMAT } };
}

/** Newest level that the program with the last claim reads. A program of level 2 noted the epoch alone. */
export function ownerReads({ epoch, levelsReadAt, levelRead }: PartitionEntry): number {
  if (levelRead?.epoch === epoch) return levelRead.newest;
  return levelsReadAt === epoch ? CHECKED_FORMAT : OLDEST_FORMAT;
}

export function metaOf(entry: PartitionEntry): PartitionMeta | null {
  if (entry.commits === 0) return null;
  const { cids, commits, folded, emitted } = entry;
  return { commitIds: cids, commits, folded, published: emitted ?? folded.map(() => 0) };
}
