/*
 * The lease table lies beside the consumer group. Members count up a number in it several times a second, and it names the holder of each
 * partition. It lets a peer notice a silent member long before the group does. It decides nothing about correctness: fencing does.
 */

/** What one member writes about itself with each beat. */
export interface MemberNote {
  /** Differs from beat to beat. Nothing else is read from it. */
  readonly beats: number;
  /** It reaches the log, so it can take partitions over. */
  readonly isAble: boolean;
  /** Partitions that the group assigned to it and that another member holds. It asks for them. */
  readonly wants: readonly number[];
}

/** The whole table, from one atomic read. */
export interface LeaseView {
  readonly members: ReadonlyMap<string, MemberNote>;
  /** Holder of each partition. A holder that is not in `members` was declared dead. */
  readonly holders: ReadonlyMap<number, string>;
}

/** One beat. The table carries it out in one step: frees, gives, takes, fills. */
export interface Beat extends MemberNote {
  readonly member: string;
  /** The member's first beat, or the first after it learnt that it was declared dead. Any other beat of a member without an entry changes nothing. */
  readonly isFirst: boolean;
  /** Partitions that it gives up. */
  readonly frees: readonly number[];
  /** Partitions that it hands to another member. It keeps them if that member has no entry. */
  readonly gives: readonly { readonly partition: number; readonly to: string }[];
  /** Partitions that a new assignment of the group gives it: it becomes their holder, whoever holds them. */
  readonly takes: readonly number[];
  /** Partitions of which it becomes the holder if they have none. */
  readonly fills: readonly number[];
}

export interface BeatAnswer {
  /** False if nothing was changed, because the member had no entry: a peer declared it dead, or the table was lost. */
  readonly wasKnown: boolean;
  /** After the beat. */
  readonly view: LeaseView;
}

/** Declares a silent member dead, unless it has beaten since it was seen, and takes partitions that it holds. */
export interface TakeOver {
  readonly member: string;
  readonly from: string;
  /** The entry of `from` as it was seen; null if it had none. */
  readonly seen: MemberNote | null;
  readonly partitions: readonly number[];
}

export function encodeNote({ beats, isAble, wants }: MemberNote): string {
  return `${beats} ${isAble ? 'able' : 'unable'} ${wants.join(',')}`;
}

/** Something else than {@link encodeNote} wrote counts as a member that can do nothing. */
export function decodeNote(text: string): MemberNote {
  const [beats = '', able, wants = ''] = text.split(' ');
  return {
    beats: Number(beats) || 0,
    isAble: able === 'able',
    wants: wants === '' ? [] : wants.split(',').map(Number),
  };
}
