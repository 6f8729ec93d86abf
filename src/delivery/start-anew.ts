import type { OffsetVector } from '../domain/event';
import type { ClaimFacts, Command, Covering, Machine, MachineSettings } from './protocol';

/*
 * An input topic that was deleted and created again is another log with the same name: offsets of the old log mean nothing in it.
 * The partition restarts at the new log's start. Everything stored for the topic (folded, published and emitted offsets, the outbox) is
 * set there. The store keeps the old topic id until the first commit, so a crash before that commit repeats the restart.
 */

export interface StartedAnew<R extends Covering> {
  readonly machine: Machine<R>;
  readonly claim: ClaimFacts<R>;
  readonly report: Extract<Command<R>, { type: 'lost' }>;
}

/** Null if no topic was created again. */
export function startAnew<R extends Covering>(
  machine: Machine<R>,
  claim: ClaimFacts<R>,
  logStart: OffsetVector,
  settings: MachineSettings,
): StartedAnew<R> | null {
  const { meta, recreated: topics = [], ...rest } = claim;
  if (meta === null || topics.length === 0) return null;
  const at = (vector: OffsetVector, topic: number) =>
    topics.includes(topic) ? (logStart[topic] ?? 0) : (vector[topic] ?? 0);
  const anew = (vector: OffsetVector): number[] => logStart.map((_, topic) => at(vector, topic));
  const outbox = claim.outbox.map((blob) => ({
    ...blob,
    folded: anew(blob.folded),
    records: blob.records.map((record) => ({ ...record, covers: coversAnew(record.covers, meta.published) })),
  }));
  const { emitted, tail } = machine;
  // If all topics that were read are new, the group lost all of its offsets for that reason. It is not an expiry.
  const allAnew = meta.folded.every((offset, topic) => offset === 0 || topics.includes(topic));
  return {
    machine: {
      ...machine,
      emitted: emitted === null ? (allAnew ? anew(meta.published) : null) : anew(emitted),
      tail: tail === null ? null : { ...tail, emitted: anew(tail.emitted) },
    },
    claim: { ...rest, meta: { ...meta, folded: anew(meta.folded), published: anew(meta.published) }, outbox },
    report: {
      type: 'lost',
      reason: 'topic-recreated',
      policy: settings.onLogLost,
      topics,
      from: meta.folded,
      to: logStart,
    },
  };

  /** What was published of the old log stays published. The rest gets a position that the new log counts as unpublished. */
  function coversAnew(covers: OffsetVector, published: OffsetVector): number[] {
    return covers.map((offset, topic) => {
      if (!topics.includes(topic)) return offset;
      return offset >= (published[topic] ?? 0) ? (logStart[topic] ?? 0) : -1;
    });
  }
}
