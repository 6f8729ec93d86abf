import type { OffsetVector } from '../domain/event';
import { behind, greater } from './offset-vector';
import type { GroupOffsets, OutputTail } from './protocol';

/*
 * What is published, from three witnesses that a new owner has: the group's offsets, the store's `published` and the newest records of
 * the output topics. A transaction moves records and offsets together, so in exactly-once mode
 *   - the store and the output topics only ever say too little, never too much;
 *   - the group's offsets below either of them are stale (a coordinator that answers from a state behind its own log);
 *   - the group's offsets above both are true if this program wrote them (a transaction without records moves offsets alone).
 *     Without the program's mark, and with an exact tail, a person moved them: no record beyond the tail exists.
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
}

export function judgeEmitted({ emitted: group, unmarked, published, tail }: Witnesses): EmittedVerdict {
  const known = greater(published ?? [], tail?.emitted ?? []);
  const stale = behind(group ?? [], known);
  // Without a state the group's offsets say that there was one: the state was lost, which a person has to know first.
  const decidable = published !== null && tail?.exact === true;
  const moved = decidable ? behind(known, group ?? []).filter((topic) => unmarked.includes(topic)) : [];
  const emitted = greater(group ?? [], known).map((offset, topic) =>
    moved.includes(topic) ? (known[topic] ?? 0) : offset,
  );
  return { emitted, stale, moved };
}
