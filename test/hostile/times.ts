import type { Seeded } from '../support/seeded';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEAR = 365 * DAY;

/** Times of one record, ms since the epoch. */
export interface DrawnTimes {
  readonly recordMs: number;
  readonly eventMs: number;
}

const SKEWS = [5 * MINUTE, 23 * HOUR, DAY, DAY + 1, 25 * HOUR, 9 * DAY, 3 * YEAR, -DAY, -90 * DAY, -2 * YEAR];
/** Beside the local clock: a record that a fast clock has stamped. */
const AHEAD = [MINUTE, 30 * MINUTE, 23 * HOUR, 26 * HOUR, 10 * YEAR];
const ODD_RECORD_MS = [-1, 0, 1, 631_152_000_000, Date.UTC(2036, 1, 7), Date.UTC(2100, 0, 1), Date.UTC(9999, 11, 31)];
const GAPS = [MINUTE, HOUR, DAY, 30 * DAY, 200 * DAY];

/** How a stream's time goes on. Its clock starts in the past and never passes the local clock; single records do. */
export class DrawnClock {
  private atMs: number;

  constructor(
    private readonly random: Seeded,
    private readonly nowMs: number,
    /** Share of the records whose times are odd. */
    private readonly oddShare: number,
  ) {
    this.atMs = nowMs - random.pick([HOUR, 10 * DAY, 100 * DAY, 2 * YEAR, 20 * YEAR]);
  }

  next(): DrawnTimes {
    const { random, nowMs } = this;
    const gap = random.next() < 0.05 ? random.pick(GAPS) : random.below(2 * HOUR);
    this.atMs = Math.min(nowMs - 1_000, this.atMs + gap);
    // Some history is written beside today's events.
    if (random.next() < 0.02) this.atMs = Math.max(Date.UTC(1995, 0, 1), this.atMs - random.below(2 * YEAR));
    const plain = { recordMs: this.atMs, eventMs: this.atMs - random.below(10 * MINUTE) };
    if (random.next() >= this.oddShare) return plain;
    switch (random.below(4)) {
      case 0:
        return { ...plain, eventMs: this.atMs + random.pick(SKEWS) };
      case 1: {
        const recordMs = nowMs + random.pick(AHEAD);
        return { recordMs, eventMs: recordMs - random.below(HOUR) };
      }
      case 2:
        return { ...plain, recordMs: random.pick(ODD_RECORD_MS) };
      default: {
        const recordMs = random.pick(ODD_RECORD_MS);
        return { recordMs, eventMs: recordMs };
      }
    }
  }
}
