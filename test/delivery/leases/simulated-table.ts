import {
  type Beat,
  type BeatAnswer,
  encodeNote,
  type LeaseView,
  type MemberNote,
  type TakeOver,
} from '../../../src/domain/lease';

export interface TableVariant {
  /** A take-over does not look at the holder. */
  readonly holderUnchecked?: boolean;
  /** A take-over does not look at whether the member has beaten since. */
  readonly noteUnchecked?: boolean;
  /** The beat of a member that was declared dead is carried out like any other. */
  readonly deathForgotten?: boolean;
}

/** The lease table, as the scripts of Redis keep it. */
export class SimulatedTable {
  private members = new Map<string, MemberNote>();
  private holders = new Map<number, string>();

  constructor(private readonly variant: TableVariant = {}) {}

  beat(beat: Beat): BeatAnswer {
    const { member, beats, isAble, wants } = beat;
    const wasKnown = this.members.has(member) || beat.isFirst || this.variant.deathForgotten === true;
    if (wasKnown) {
      this.members.set(member, { beats, isAble, wants });
      for (const p of beat.frees) if (this.holders.get(p) === member) this.holders.delete(p);
      for (const { partition, to } of beat.gives) {
        if (this.holders.get(partition) === member && this.members.has(to)) this.holders.set(partition, to);
      }
      for (const p of beat.takes) this.holders.set(p, member);
      for (const p of beat.fills) if (!this.holders.has(p)) this.holders.set(p, member);
    }
    return { wasKnown, view: this.view() };
  }

  take({ member, from, seen, partitions }: TakeOver): readonly number[] {
    const note = this.members.get(from);
    const text = note === undefined ? '' : encodeNote(note);
    if (!this.variant.noteUnchecked && text !== (seen === null ? '' : encodeNote(seen))) return [];
    if (!this.members.has(member)) return [];
    this.members.delete(from);
    const taken = partitions.filter((p) => this.variant.holderUnchecked || this.holders.get(p) === from);
    for (const p of taken) this.holders.set(p, member);
    return taken;
  }

  leave(member: string): void {
    this.members.delete(member);
    for (const [p, holder] of this.holders) if (holder === member) this.holders.delete(p);
  }

  view(): LeaseView {
    return { members: new Map(this.members), holders: new Map(this.holders) };
  }

  /** Redis goes back to an earlier state. */
  restore({ members, holders }: LeaseView): void {
    this.members = new Map(members);
    this.holders = new Map(holders);
  }
}
