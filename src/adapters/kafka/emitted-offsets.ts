import { setTimeout as delay } from 'node:timers/promises';
import type { Cluster } from 'kafkajs';
import type { GroupOffsets } from '../../ports/publisher';
import { toOffset } from './fetch-response';
import type { LeaderEpochs } from './leader-epochs';

const POLL_MS = 20;
const POLL_DEADLINE_MS = 15_000;

/**
 * Metadata of every offset that this program commits for an input topic. Tools that set offsets leave it empty.
 *
 *   mark = 'clv-emitted', space, what its transaction holds ('records' or 'offsets' alone), and if available: space, the epoch of the leader
 *          that wrote the record before the offset
 */
const MARK = /^clv-emitted(?: (records|offsets)(?: (\d+))?)?$/;

export interface EmittedMark {
  /** Whether the same transaction commits records of the output topics. */
  readonly withRecords: boolean;
  readonly epoch: number | null;
}

export function encodeMark({ withRecords, epoch }: EmittedMark): string {
  const holds = `clv-emitted ${withRecords ? 'records' : 'offsets'}`;
  return epoch === null ? holds : `${holds} ${epoch}`;
}

/** Null if this program did not write it. */
function decodeMark(metadata: string): EmittedMark | null {
  const found = MARK.exec(metadata);
  if (found === null) return null;
  const [, holds, epoch] = found;
  return { withRecords: holds === 'records', epoch: epoch === undefined ? null : Number(epoch) };
}

interface GroupOffset {
  readonly offset: string;
  readonly metadata?: string | null;
}

async function groupOffsets(
  cluster: Cluster,
  groupId: string,
  topics: readonly string[],
  partition: number,
): Promise<Map<string, GroupOffset>> {
  const coordinator = await cluster.findGroupCoordinator({ groupId });
  // kafkajs' type requires an offset. The request does not send it.
  const { responses } = await coordinator.offsetFetch({
    groupId,
    topics: topics.map((topic) => ({ topic, partitions: [{ partition, offset: '-1' }] })),
  });
  return new Map(responses.map(({ topic, partitions }) => [topic, partitions[0] ?? { offset: '-1' }]));
}

/**
 * Resolves when the group shows the sentinel's metadata. All earlier transactions of the same transactional id are in the same coordinator
 * partition, before the sentinel's. So their offsets are now either visible or aborted for good.
 */
export async function sentinelShows(
  cluster: Cluster,
  groupId: string,
  sentinel: { readonly topic: string; readonly partition: number; readonly metadata: string },
): Promise<void> {
  const deadlineMs = Date.now() + POLL_DEADLINE_MS;
  for (;;) {
    const offsets = await groupOffsets(cluster, groupId, [sentinel.topic], sentinel.partition);
    if (offsets.get(sentinel.topic)?.metadata === sentinel.metadata) return;
    if (Date.now() > deadlineMs) {
      throw new Error(
        `group ${groupId}: the coordinator did not show the offset of this process's own transaction within ${POLL_DEADLINE_MS} ms`,
      );
    }
    await delay(POLL_MS);
  }
}

/**
 * Reads E(p), the emitted offsets, from the group's committed offsets. Null if the group has none. A topic without one counts as 0: nothing
 * was published for it. Notes the epochs of the marks in `epochs`.
 */
export async function readEmitted(
  cluster: Cluster,
  groupId: string,
  topics: readonly string[],
  partition: number,
  epochs?: LeaderEpochs,
): Promise<GroupOffsets> {
  const offsets = await groupOffsets(cluster, groupId, topics, partition);
  const marks = topics.map((topic) => decodeMark(offsets.get(topic)?.metadata ?? ''));
  const emitted = topics.map((topic) => toOffset(offsets.get(topic)?.offset ?? '-1'));
  const topicsWhere = (holds: (topic: number) => boolean) => [...topics.keys()].filter(holds);
  for (const [index, topic] of topics.entries()) {
    const end = emitted[index]!;
    epochs?.note(topic, partition, { epoch: marks[index]?.epoch ?? -1, start: end - 1, end });
  }
  return {
    emitted: emitted.some((offset) => offset >= 0) ? emitted.map((offset) => Math.max(offset, 0)) : null,
    unmarked: topicsWhere((topic) => emitted[topic]! >= 0 && marks[topic] === null),
    withRecords: topicsWhere((topic) => marks[topic]?.withRecords === true),
  };
}
