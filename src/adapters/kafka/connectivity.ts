/** Milliseconds without failure until a part counts as up again. A dead node makes it flap until its partitions have moved. */
const HOLD_MS = 5_000;

/** Combines the status that several parts report for one dependency. It is down while any part reports it down. Emits changes only. */
export class Connectivity<Part extends string> {
  private readonly downParts = new Set<Part>();
  /** Parts that answered again and must stay up for HOLD_MS before they count as up. */
  private readonly recovering = new Map<Part, NodeJS.Timeout>();
  private isUp: boolean | null = null;

  constructor(
    private readonly report: (up: boolean, reason: string) => void,
    private readonly holdMs = HOLD_MS,
  ) {}

  down(part: Part, reason: string): void {
    clearTimeout(this.recovering.get(part));
    this.recovering.delete(part);
    this.downParts.add(part);
    this.set(false, reason);
  }

  up(part: Part): void {
    if (!this.downParts.has(part)) {
      if (this.downParts.size === 0) this.set(true, '');
      return;
    }
    if (this.recovering.has(part)) return;
    this.recovering.set(part, setTimeout(() => this.recovered(part), this.holdMs).unref());
  }

  private recovered(part: Part): void {
    this.recovering.delete(part);
    this.downParts.delete(part);
    if (this.downParts.size === 0) this.set(true, '');
  }

  private set(up: boolean, reason: string): void {
    if (this.isUp === up) return;
    this.isUp = up;
    this.report(up, reason);
  }
}
