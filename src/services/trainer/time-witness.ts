import { SECONDS_PER_DAY } from '../../domain/event';
import { NEVER_S } from '../../domain/state/summary';
import type { Clock } from '../../ports/clock';

/** Local time in which no quorum has moved time, before the local clock counts, seconds. A pause in a back-fill is shorter. */
const STILL_S = 3_600;
/** Days that labels may lie behind the local clock's word. Further behind, the stream is one of the past, and the local clock is no witness. */
const LIVE_DAYS = 7;

/**
 * Lets the local clock stand for a quorum where there is none: in a shop that is closed, or that has few customers. It counts only in a live
 * stream, and `silenceDays` late, so that labels close at most so late.
 */
export class TimeWitness {
  private frontS = NEVER_S;
  /** When the front was seen to move, elapsed seconds. */
  private movedAtS: number;

  constructor(
    private readonly clock: Clock,
    /** 0: the local clock never counts. */
    private readonly silenceDays: number,
  ) {
    this.movedAtS = clock.elapsedS();
  }

  /**
   * Event time up to which the local clock vouches that a partition without unread records is silent; NEVER_S if it does not. `frontS`: what
   * quorums have moved time to. `knownS`: event time of the labels or, before the first, of the first event.
   */
  vouchedS(frontS: number, knownS: number): number {
    const elapsedS = this.clock.elapsedS();
    // While a record waits to be read, the front is that of its topic alone, and lower.
    if (frontS > this.frontS) {
      this.frontS = frontS;
      this.movedAtS = elapsedS;
    }
    if (this.silenceDays === 0 || knownS === NEVER_S || elapsedS - this.movedAtS < STILL_S) return NEVER_S;
    const vouchedS = Math.floor(this.clock.nowMs() / 1000 - this.silenceDays * SECONDS_PER_DAY);
    return knownS < vouchedS - LIVE_DAYS * SECONDS_PER_DAY ? NEVER_S : vouchedS;
  }
}
