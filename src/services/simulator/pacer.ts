import type { Clock } from '../../ports/clock';

export interface Pace {
  /** Maximum events per wall-clock second; Infinity for no limit. */
  readonly eventsPerSecond: number;
  /** Maximum event-time seconds per wall-clock second; Infinity for no limit. */
  readonly acceleration: number;
}

/** Computes when events are due. The slower of the two limits decides. */
export class Pacer {
  private startedS: number | undefined;
  private firstTimeS = 0;
  private events = 0;

  constructor(
    private readonly clock: Clock,
    private readonly pace: Pace,
  ) {}

  /** Milliseconds until the next event, with event time `timeS`, is due; 0 if it is due. */
  waitMs(timeS: number): number {
    if (this.startedS === undefined) {
      this.startedS = this.clock.elapsedS();
      this.firstTimeS = timeS;
    }
    const dueS = Math.max(this.events / this.pace.eventsPerSecond, (timeS - this.firstTimeS) / this.pace.acceleration);
    return Math.max(0, (this.startedS + dueS - this.clock.elapsedS()) * 1000);
  }

  /** Counts an event that was sent. */
  sent(): void {
    this.events++;
  }
}
