/** Inputs that were not used, for one reason. */
export interface PassedOver {
  readonly why: string;
  readonly count: number;
  /** The first of them, for instance: amount is "42,50", line 2. Absent for inputs that are no rows of a file. */
  readonly first?: string;
}

/** Why a row can't be used: what stands there, and what is wrong with it. Equal reasons have equal `why`. */
export interface RowFault {
  /** For instance: amount is "42,50". */
  readonly what: string;
  readonly why: string;
}

/** Reasons beyond this number are counted together. */
const MOST_REASONS = 20;
const OTHER = 'other reasons';

/** Counts inputs that were not used, by reason. */
export class PassedOverCount {
  private readonly byReason = new Map<string, { count: number; first?: string }>();

  /** `where`: for instance "line 2". It and `what` are kept of the first input of each reason. */
  add({ what, why }: RowFault, where: string, inputs = 1): void {
    this.count(why, inputs, `${what}, ${where}`);
  }

  /** Adds inputs that were counted elsewhere. */
  addAll(counted: readonly PassedOver[]): void {
    for (const { why, count, first } of counted) this.count(why, count, first);
  }

  /** Most frequent first. */
  list(): PassedOver[] {
    return [...this.byReason].map(([why, counted]) => ({ why, ...counted })).sort((a, b) => b.count - a.count);
  }

  private count(why: string, count: number, first?: string): void {
    const reason = this.byReason.has(why) || this.byReason.size < MOST_REASONS ? why : OTHER;
    const before = this.byReason.get(reason);
    if (before) before.count += count;
    else this.byReason.set(reason, first === undefined ? { count } : { count, first });
  }
}

export function totalPassedOver(list: readonly PassedOver[]): number {
  return list.reduce((total, { count }) => total + count, 0);
}

/** The first input of a reason and the reason. */
export function passedOverText({ why, first }: PassedOver): string {
  return first === undefined ? why : `${first}: ${why}`;
}
