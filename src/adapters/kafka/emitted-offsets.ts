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
 *   mark = 'clv-emitted', space, what its transaction holds ('records' or 'offsets' alone), and where it is known: space, the epoch of the leader
 *          that wrote the record before the offset
 */
const MARK = /^clv-emitted(?: (records|offsets)(?: (\d+))?)?$/;

export interface EmittedMark {
  /** Whether records of the output topics are committed together with the offset. */
  readonly withRecords: boolean;
  readonly epoch: number | null;
}

export function encodeMark({ withRecords, epoch }: EmittedMark): string {
  const holds = `clv-emitted ${withRecords ? 'records' : 'offsets'}`;
  return epoch === null ? holds : `${holds} ${epoch}`;
}

/** Null where this program did not write it. */
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
  // kafkajs' type asks for an offset, which the request does not carry.
  const { responses } = await coordinator.offsetFetch({
    groupId,
    topics: topics.map((topic) => ({ topic, partitions: [{ partition, offset: '-1' }] })),
  });
  return new Map(responses.map(({ topic, partitions }) => [topic, partitions[0] ?? { offset: '-1' }]));
}

/**
 * Resolves when the group shows the sentinel's metadata. Its transaction came after every earlier one of the same transactional id in
 * the same coordinator partition, so their offsets, too, are either visible by now or aborted for good.
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
      throw new Error(`group ${groupId}: the offset of an own transaction did not show within ${POLL_DEADLINE_MS} ms`);
    }
    await delay(POLL_MS);
  }
}

/**
 * E(p) from the group's committed offsets; null where it has none. A topic without one has had nothing published yet: 0. The epochs of their
 * marks are noted in `epochs`.
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
