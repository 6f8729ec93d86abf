/** Inputs that were not used, for one reason. */
export interface PassedOver {
  readonly why: string;
  readonly count: number;
}

/** Reasons beyond this number are counted together. */
const MOST_REASONS = 20;
const QUOTED = /"(?:[^"\\]|\\.)*"/g;

/** Counts inputs that were not used, by reason. Quoted input is removed from a reason, so that equal faults are counted together. */
export class PassedOverCount {
  private readonly counts = new Map<string, number>();

  add(fault: string): void {
    this.addReason(fault.replace(QUOTED, '…'));
  }

  addReason(why: string): void {
    const counted = this.counts.has(why) || this.counts.size < MOST_REASONS ? why : 'other reasons';
    this.counts.set(counted, (this.counts.get(counted) ?? 0) + 1);
  }

  /** Most frequent first. */
  list(): PassedOver[] {
    return [...this.counts].map(([why, count]) => ({ why, count })).sort((a, b) => b.count - a.count);
  }
}

export function totalPassedOver(list: readonly PassedOver[]): number {
  return list.reduce((total, { count }) => total + count, 0);
}
