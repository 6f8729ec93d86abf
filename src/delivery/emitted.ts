import type { OffsetVector } from '../domain/event';
import { behind, greater } from './offset-vector';
import type { GroupOffsets, OutputTail } from './protocol';

/*
 * What is published, from three witnesses that a new owner has: the group's offsets, the store's `published` and the newest records of
 * the output topics. A transaction moves records and offsets together, so in exactly-once mode
 *   - the store and the output topics only ever say too little, never too much;
 *   - the group's offsets below either of them are stale (a coordinator that answers from a state behind its own log);
 *   - the group's offsets above both are true if this program wrote them (a transaction without records moves offsets alone).
 *     With an exact tail no record beyond it exists. So without the program's mark, a person moved them. If the mark says that records
 *     went with them, they are of a transaction that was aborted, or whose records were never sent.
 */

export interface Witnesses extends GroupOffsets {
  /** Null where the store has no state. */
  readonly published: OffsetVector | null;
  readonly tail: OutputTail | null;
}

export interface EmittedVerdict {
  /** Everything below is published. */
  readonly emitted: OffsetVector;
  /** Topics in which the group's offset is lower than what is known to be published. */
  readonly stale: readonly number[];
  /** Topics in which somebody else set the group's offset beyond everything published. */
  readonly moved: readonly number[];
  /** Topics in which the group's offset was moved together with records that readers do not see. */
  readonly unshown: readonly number[];
}

export function judgeEmitted({ emitted: group, unmarked, withRecords, published, tail }: Witnesses): EmittedVerdict {
  const known = greater(published ?? [], tail?.emitted ?? []);
  const stale = behind(group ?? [], known);
  const beyond = tail?.exact === true ? behind(known, group ?? []) : [];
  const unshown = beyond.filter((topic) => withRecords.includes(topic));
  // Without a state the group's offsets say that there was one: the state was lost, which a person has to know first.
  const moved = published === null ? [] : beyond.filter((topic) => unmarked.includes(topic));
  const emitted = greater(group ?? [], known).map((offset, topic) =>
    moved.includes(topic) || unshown.includes(topic) ? (known[topic] ?? 0) : offset,
  );
  return { emitted, stale, moved, unshown };
}
