import type { OffsetVector } from '../domain/event';
import { behind, greater } from './offset-vector';
import type { GroupOffsets, OutputTail } from './protocol';

/*
 * Determines what is published. A new owner has three witnesses: the group's offsets, the store's `published` and the newest records of
 * the output topics. A transaction moves records and offsets together, so in exactly-once mode
 *   - the store and the output topics may show too little, but never too much;
 *   - the group's offsets below either of them are stale (a coordinator that answers from a state older than its own log);
 *   - the group's offsets above both are true if this program wrote them (a transaction without records moves offsets alone).
 *     With an exact tail no record beyond it exists. So without the program's mark, a person moved them. If the mark says that records
 *     went with them, they are of a transaction that was aborted, or whose records were never sent.
 */

export interface Witnesses extends GroupOffsets {
  /** Null if the store has no state. */
  readonly published: OffsetVector | null;
  readonly tail: OutputTail | null;
}

export interface EmittedVerdict {
  /** Everything below is published. */
  readonly emitted: OffsetVector;
  /** Topics in which the group's offset is below what was published. */
  readonly stale: readonly number[];
  /** Topics in which another program set the group's offset beyond everything published. */
  readonly moved: readonly number[];
  /** Topics in which the group's offset was moved together with records that readers can't see. */
  readonly unshown: readonly number[];
}

export function judgeEmitted({ emitted: group, unmarked, withRecords, published, tail }: Witnesses): EmittedVerdict {
  const known = greater(published ?? [], tail?.emitted ?? []);
  const stale = behind(group ?? [], known);
  const beyond = tail?.exact === true ? behind(known, group ?? []) : [];
  const unshown = beyond.filter((topic) => withRecords.includes(topic));
  // Group offsets without a state show that the state was lost. That must be reported to a person first.
  const moved = published === null ? [] : beyond.filter((topic) => unmarked.includes(topic));
  const emitted = greater(group ?? [], known).map((offset, topic) =>
    moved.includes(topic) || unshown.includes(topic) ? (known[topic] ?? 0) : offset,
  );
  return { emitted, stale, moved, unshown };
}
