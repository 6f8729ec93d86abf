import { EVENT_TOPICS } from '../../domain/event';
import type { LogReader } from '../../ports/log';
import type { StateArchive } from '../../ports/state-archive';
import { RebuildError } from './rebuild';

export interface PartitionRebuild {
  /** Names of the input topics, by TopicIndex. */
  readonly topics: readonly string[];
  readonly partition: number;
  /** The first commit id of the new state. */
  readonly commitId: string;
  /** If true, goes on even if the log no longer holds the whole past. */
  readonly fromWhatIsLeft: boolean;
}

/**
 * Empties a partition's state and sets its folded offsets to the beginning of the log. The next scorer folds the partition again, and
 * publishes only updates that were not published before. For a partition whose entry or outbox is damaged. Technically it imports an
 * empty export.
 */
export async function rebuildPartition(
  { archive, reader }: { readonly archive: StateArchive; readonly reader: LogReader },
  { topics, partition, commitId, fromWhatIsLeft }: PartitionRebuild,
): Promise<void> {
  const starts = await Promise.all(topics.map(async (topic) => (await reader.bounds(topic, partition)).start));
  const late = EVENT_TOPICS.filter((topic) => starts[topic]! > 0);
  if (late.length > 0 && !fromWhatIsLeft) {
    const begins = late.map((topic) => `${topics[topic]} begins at ${starts[topic]}`).join(', ');
    throw new RebuildError(
      `the log no longer holds the whole past of partition ${partition} (${begins}). Use an older export (clv-stream state import), or go on from the records that are left: --from-what-is-left`,
    );
  }
  const { epoch } = await archive.begin(partition);
  const meta = { commitIds: [commitId], commits: 1, folded: starts, published: topics.map(() => 0) };
  if (await archive.finish(partition, epoch, meta)) return;
  throw new RebuildError(
    `a scorer claimed partition ${partition} meanwhile, and the partition has no state now: stop the scorers, then run this again`,
  );
}
