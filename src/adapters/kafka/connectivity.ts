/** Joins what several parts know of one dependency: it is down while any part says so. Reports changes only. */
export class Connectivity<Part extends string> {
  readonly #down = new Map<Part, string>();
  #up: boolean | null = null;

  constructor(private readonly report: (up: boolean, reason: string) => void) {}

  down(part: Part, reason: string): void {
    this.#down.set(part, reason);
    this.#set(false, reason);
  }

  up(part: Part): void {
    this.#down.delete(part);
    if (this.#down.size === 0) this.#set(true, '');
  }

  #set(up: boolean, reason: string): void {
    if (this.#up === up) return;
    this.#up = up;
    this.report(up, reason);
  }
}
