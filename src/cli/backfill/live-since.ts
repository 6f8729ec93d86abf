import type { BackfillEntry } from '../../domain/backfill-entry';
import { EVENT_TOPICS, INPUT_ROLES, type InputRole, type TopicIndex } from '../../domain/event';
import { FileError } from '../../ports/table-file';
import { findLiveStart, type LiveStartPorts } from '../../services/simulator/live-start';
import type { Topics } from '../platform/platform';

export type LiveSince = BackfillEntry['liveSinceMs'];

export interface LiveSinceRequest {
  readonly topics: Topics;
  readonly partitions: number;
  readonly latenessMs: number;
  /** The operator's word. null without one. */
  readonly untilMs: number | null;
  readonly nowMs: number;
}

const instant = (ms: number) => new Date(ms).toISOString();

/**
 * When live traffic began, by topic: as the operator says, as the files' own entries say, as those of other back-fills say, or as the topics show.
 * Rejects with FileError if nobody can tell.
 */
export async function liveSince(
  request: LiveSinceRequest,
  { own, others }: { readonly own: readonly BackfillEntry[]; readonly others: readonly BackfillEntry[] },
  ports: LiveStartPorts,
): Promise<LiveSince> {
  const { untilMs, nowMs } = request;
  const begun = own.find(({ rows, isComplete }) => rows > 0 && !isComplete);
  if (untilMs !== null && untilMs > nowMs) {
    throw new FileError(`--until ${instant(untilMs)} is later than now: a history ends with the present.`);
  }
  // Events are dated to the second.
  const given = untilMs === null ? null : everywhere(Math.floor(untilMs / 1000) * 1000);
  if (begun) {
    if (given !== null && !isSame(given, begun.liveSinceMs)) {
      throw new FileError(
        `${begun.name} was back-filled in part, with rows before ${told(begun.liveSinceMs)}: go on without --until, or with the same.`,
      );
    }
    return begun.liveSinceMs;
  }
  return given ?? (await found(request, others, ports));
}

const everywhere = (ms: number): LiveSince => Object.fromEntries(EVENT_TOPICS.map((topic) => [INPUT_ROLES[topic], ms]));

const isSame = (a: LiveSince, b: LiveSince) => INPUT_ROLES.every((role) => a[role] === b[role]);

async function found(request: LiveSinceRequest, others: readonly BackfillEntry[], ports: LiveStartPorts) {
  const since: Partial<Record<InputRole, number>> = {};
  for (const topic of EVENT_TOPICS) {
    const role = INPUT_ROLES[topic]!;
    // What an earlier back-fill has seen may have been deleted since.
    const known = others.flatMap(({ liveSinceMs }) => liveSinceMs[role] ?? []);
    const atMs = known.length > 0 ? Math.min(...known) : await inTopic(topic, request, ports);
    if (atMs !== null) since[role] = atMs;
  }
  return since;
}

async function inTopic(
  topic: TopicIndex,
  { topics, partitions, latenessMs }: LiveSinceRequest,
  ports: LiveStartPorts,
): Promise<number | null> {
  const name = topics.inputs[topic]!;
  const start = await findLiveStart(topic, { name, partitions, latenessMs }, ports);
  switch (start.found) {
    case 'none':
      return null;
    case 'at':
      return start.atMs;
    case 'unknown':
      throw new FileError(
        `The first records of ${name} are deleted, so nobody can tell when live traffic began. Say it: --until 2026-11-27T08:00:00Z. Rows from there on are left out.`,
      );
    case 'history':
      throw new FileError(
        `${name} begins with events of ${instant(start.ofMs)} that were written at ${instant(start.writtenMs)}: a history without --backfill. If the files hold the same events, they would count twice: begin with new topics. If not, say when live traffic began: --until 2026-11-27T08:00:00Z. Rows from there on are left out.`,
      );
  }
}

/** For people: "orders 2026-11-27T08:00:00.000Z, clicks …". */
export function told(since: LiveSince): string {
  const each = INPUT_ROLES.flatMap((role) => (since[role] === undefined ? [] : [`${role} ${instant(since[role])}`]));
  return each.length === 0 ? 'none yet' : each.join(', ');
}
