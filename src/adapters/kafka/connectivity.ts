/** A part counts as up again once it has not been down for this long: a dead node makes it flap until its partitions have moved. */
const HOLD_MS = 5_000;

/** Joins what several parts know of one dependency: it is down while any part says so. Reports changes only. */
export class Connectivity<Part extends string> {
  readonly #down = new Set<Part>();
  /** Parts that answered and are watched for a while before they count as up. */
  readonly #recovering = new Map<Part, NodeJS.Timeout>();
  #up: boolean | null = null;

  constructor(
    private readonly report: (up: boolean, reason: string) => void,
    private readonly holdMs = HOLD_MS,
  ) {}

  down(part: Part, reason: string): void {
    clearTimeout(this.#recovering.get(part));
    this.#recovering.delete(part);
    this.#down.add(part);
    this.#set(false, reason);
  }

  up(part: Part): void {
    if (!this.#down.has(part)) {
      if (this.#down.size === 0) this.#set(true, '');
      return;
    }
    if (this.#recovering.has(part)) return;
    this.#recovering.set(part, setTimeout(() => this.#recovered(part), this.holdMs).unref());
  }

  #recovered(part: Part): void {
    this.#recovering.delete(part);
    this.#down.delete(part);
    if (this.#down.size === 0) this.#set(true, '');
  }

  #set(up: boolean, reason: string): void {
    if (this.#up === up) return;
    this.#up = up;
    this.report(up, reason);
  }
}
