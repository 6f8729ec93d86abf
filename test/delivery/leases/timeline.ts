import type { Random } from '../../../src/domain/math/random';

/** Virtual time in ms, and what happens when. */
export class Timeline {
  nowMs = 0;
  private readonly events: { readonly atMs: number; readonly order: number; readonly run: () => void }[] = [];
  private scheduled = 0;

  constructor(readonly random: Random) {}

  after(ms: number, run: () => void): void {
    const event = { atMs: this.nowMs + ms, order: this.scheduled++, run };
    let at = this.events.length;
    while (at > 0 && this.events[at - 1]!.atMs > event.atMs) at--;
    this.events.splice(at, 0, event);
  }

  /** Uniform in [from, to), ms. */
  between(from: number, to: number): number {
    return from + (to - from) * this.random();
  }

  runUntil(endMs: number): void {
    for (;;) {
      const next = this.events[0];
      if (next === undefined || next.atMs > endMs) break;
      this.events.shift();
      this.nowMs = next.atMs;
      next.run();
    }
    this.nowMs = endMs;
  }
}
