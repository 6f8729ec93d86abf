/** Inputs of one kind that could not be used. */
export interface PassedOver {
  readonly why: string;
  readonly count: number;
}

/** Most reasons that are told apart. */
const MOST_REASONS = 20;
const QUOTED = /"(?:[^"\\]|\\.)*"/g;

/** Counts what a history had to leave out, by reason: what a fault quotes of its input is left out of the reason. */
export class PassedOverCount {
  private readonly counts = new Map<string, number>();

  add(fault: string): void {
    this.addReason(fault.replace(QUOTED, '…'));
  }

  addReason(why: string): void {
    const known = this.counts.has(why) || this.counts.size < MOST_REASONS ? why : 'other reasons';
    this.counts.set(known, (this.counts.get(known) ?? 0) + 1);
  }

  /** The most frequent first. */
  list(): PassedOver[] {
    return [...this.counts].map(([why, count]) => ({ why, count })).sort((a, b) => b.count - a.count);
  }
}

export function totalPassedOver(list: readonly PassedOver[]): number {
  return list.reduce((total, { count }) => total + count, 0);
}
