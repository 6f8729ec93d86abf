const FIRST_WAIT_S = 0.1;
const LONGEST_WAIT_S = 60;

/** How long something that has failed must wait before it is tried again. Each further failure doubles it, up to a minute. */
export class BackOff {
  private failures = 0;
  private untilS = Number.NEGATIVE_INFINITY;

  /** Returns the wait, seconds. */
  failed(nowS: number): number {
    const waitS = Math.min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** this.failures);
    this.failures++;
    this.untilS = nowS + waitS;
    return waitS;
  }

  isOver(nowS: number): boolean {
    return nowS >= this.untilS;
  }

  /** It works again: the next failure waits for a short time only. */
  reset(): void {
    this.failures = 0;
  }
}
