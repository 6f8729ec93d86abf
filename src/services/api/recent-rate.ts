const WHOLE_SECONDS = 60;
/** One slot more than shown. The current second is incomplete, and would end every chart in a dip. */
const SLOTS = WHOLE_SECONDS + 1;
const RATE_SECONDS = 10;

/** Counts per second over the last minute, in a ring. Time is a parameter. */
export class RecentRate {
  private readonly counts = new Array<number>(SLOTS).fill(0);
  private newestS = 0;

  add(nowMs: number, count: number): void {
    const slot = this.advance(nowMs) % SLOTS;
    this.counts[slot] = (this.counts[slot] ?? 0) + count;
  }

  /** Mean per second over the last ten whole seconds. */
  perSecond(nowMs: number): number {
    const recent = this.lastMinute(nowMs).slice(-RATE_SECONDS);
    return recent.reduce((sum, count) => sum + count, 0) / RATE_SECONDS;
  }

  /** Each of the last 60 whole seconds, oldest first. */
  lastMinute(nowMs: number): number[] {
    const running = this.advance(nowMs);
    return Array.from({ length: WHOLE_SECONDS }, (_, i) => this.counts[(running + 1 + i) % SLOTS] ?? 0);
  }

  /** Clears the seconds that passed without a call. A clock set back counts into the newest second. */
  private advance(nowMs: number): number {
    const nowS = Math.max(Math.floor(nowMs / 1000), this.newestS);
    if (nowS - this.newestS >= SLOTS) this.counts.fill(0);
    else for (let second = this.newestS + 1; second <= nowS; second += 1) this.counts[second % SLOTS] = 0;
    this.newestS = nowS;
    return nowS;
  }
}
