import { SECONDS_PER_DAY } from '../event';
import { hashUnit } from '../math/hash';
import { NEVER_S } from '../state/summary';
import { DistinctCustomers, type DistinctState } from './distinct-customers';
import { type EvidenceState, JumpEvidence, MOST_BUCKET_DAYS } from './jump-evidence';

/** A record that is further ahead than this is a jump. It is more than a long weekend: Thursday evening to Tuesday morning. Days. */
const STEP_DAYS = 5;
/** Days over which the usual rate is averaged. */
const RATE_DAYS = 14;
/** Most customers that are heard before time moves on. */
const MOST_RECENT = 64;
/** The usual customers of this share of a day are heard, if there are more than the quorum needs. */
const RECENT_SHARE = 1 / 4;
/** A bucket of the evidence for a jump usually has this many customers or more. */
const BUCKET_CUSTOMERS = 4;
/** The evidence for a jump must come at this share of the usual rate. */
const JUMP_SHARE = 1 / 2;
/** Jumps that are remembered. */
const KEPT_JUMPS = 8;
const CUSTOMER_SALT = 0x9002;

/** The longest silence in the event time that was passed over in one step, seconds. Nothing is known of what happened in it. */
export interface TimeJump {
  readonly fromS: number;
  readonly untilS: number;
}

interface Heard {
  /** Hash of the customer. */
  readonly customer: number;
  readonly timeS: number;
}

/** Mark of a record that a back-fill has written: more of the same topic and partition follow, or it is the last one. */
export type BackfillMark = 'more' | 'last';

/** A back-fill of which more is to come. */
interface OpenBackfill {
  /** Event time that it has come to, seconds: two records in a row have passed it, so one wrong date moves nothing. */
  readonly untilS: number;
  /** Event time of its last record, seconds. */
  readonly lastS: number;
  /** Live records far ahead. They count when the back-fill has ended. */
  readonly live: EvidenceState;
}

/** How fast a topic's time usually moves, and what waits to move it. Serialised form. */
export interface TopicPace {
  /** Newest event time read, seconds, whoever sent it. */
  readonly newestS: number;
  /** Distinct customers per day of event time; 0 before the first whole day. */
  readonly perDay: number;
  /** Days of event time that `perDay` rests on, at most 14. */
  readonly days: number;
  /** Customers heard in the day of the front. */
  readonly today: DistinctState;
  /** The last customers heard and their last times, oldest first. */
  readonly recent: readonly Heard[];
  readonly ahead: EvidenceState;
  /** Newest last. */
  readonly jumps: readonly TimeJump[];
  /** null if no back-fill is under way. */
  readonly backfill: OpenBackfill | null;
}

/**
 * The time of one topic of a partition: an instant that a quorum of its customers has passed. It depends on the records in the order of their
 * offsets alone, and never falls.
 *
 * - A step: more than half of the customers heard last have passed the instant. One fast clock moves nothing.
 * - A jump, of more than five days or twice the usual gap: far records move nothing until two neighbouring days (or longer buckets, in a slow
 *   stream) have half of the usual customers each, and the front has stood still meanwhile. So live records beside a back-fill wait.
 * - The start is a jump from nowhere, for which the quorum suffices.
 * - While a back-fill is under way, only its own records can prove a jump, however long it pauses.
 */
export class TimeFront {
  private atS: number;
  private newest: number;
  private perDay = 0;
  private days = 0;
  private today = new DistinctCustomers();
  private recent: Heard[] = [];
  private ahead: JumpEvidence;
  private jumped: TimeJump[] = [];
  private backfill: { untilS: number; lastS: number; readonly live: JumpEvidence } | null = null;

  /** `quorum`: least number of customers that move time. With 1, the newest record does. */
  constructor(
    private readonly quorum: number,
    latestS: number = NEVER_S,
    pace: TopicPace | null = null,
  ) {
    this.atS = latestS;
    this.newest = pace?.newestS ?? latestS;
    this.ahead = pace === null ? JumpEvidence.empty(1) : new JumpEvidence(pace.ahead);
    if (pace === null) return;
    this.perDay = pace.perDay;
    this.days = pace.days;
    this.today = new DistinctCustomers(pace.today);
    this.recent = [...pace.recent];
    this.jumped = [...pace.jumps];
    // Earlier versions have stored none.
    if (pace.backfill) this.backfill = { ...pace.backfill, live: new JumpEvidence(pace.backfill.live) };
  }

  /** The instant that a quorum has passed, seconds; NEVER_S before the first. */
  get latestS(): number {
    return this.atS;
  }

  get newestS(): number {
    return this.newest;
  }

  /** Event time by which the newest record is ahead of the front, seconds; 0 if that is no jump. */
  get heldS(): number {
    if (this.newest === NEVER_S) return 0;
    if (this.atS === NEVER_S) return this.quorum > 1 ? this.newest : 0;
    return this.newest > this.atS + this.stepS ? this.newest - this.atS : 0;
  }

  get jumps(): readonly TimeJump[] {
    return this.jumped;
  }

  /** Event time that a back-fill has come to of which more follows, seconds; null if there is none. */
  get backfilledS(): number | null {
    return this.backfill?.untilS ?? null;
  }

  /** Call it in the order of the offsets. */
  take(customerId: string, timeS: number, mark: BackfillMark | null = null): void {
    this.newest = Math.max(this.newest, timeS);
    if (this.quorum <= 1) {
      this.atS = this.newest;
      return;
    }
    const customer = Math.floor(hashUnit(customerId, CUSTOMER_SALT) * 2 ** 32);
    if (mark !== null) {
      this.backfill ??= { untilS: timeS, lastS: timeS, live: JumpEvidence.empty(1) };
      this.backfill.untilS = Math.max(this.backfill.untilS, Math.min(timeS, this.backfill.lastS));
      this.backfill.lastS = timeS;
    }
    if (this.atS === NEVER_S || timeS > this.atS + this.stepS) this.takeFar(customer, timeS, mark);
    // Older records come from elsewhere. They must not hold time up.
    else if (timeS >= this.atS - this.stepS) this.takeNear(customer, timeS);
    if (mark === 'last') this.endBackfill();
  }

  /** Someone vouches that time has come so far, at most to the newest record. A back-fill that has not come so far counts as given up. */
  confirm(untilS: number): void {
    if (this.backfill !== null && untilS > this.backfill.untilS) this.backfill = null;
    this.jumpTo(Math.min(untilS, this.newest));
  }

  private endBackfill(): void {
    if (this.backfill === null) return;
    const live = this.backfill.live.state();
    this.backfill = null;
    this.ahead.addAll(live, this.atS === NEVER_S ? NEVER_S : this.atS + this.stepS);
    this.prove();
  }

  private jumpTo(untilS: number): void {
    if (untilS <= this.atS) return;
    // The front is behind the last records before the jump: by a quorum or, after another jump, by the bucket that proved that one.
    const { recent } = this;
    const provedS = recent.length === 0 ? this.ahead.days * SECONDS_PER_DAY : 0;
    const lastS = Math.max(this.atS + provedS, ...recent.map(({ timeS }) => timeS));
    const silence = this.ahead.longestSilence(lastS, untilS);
    if (this.atS !== NEVER_S && silence.untilS > silence.fromS)
      this.jumped = [...this.jumped, silence].slice(-KEPT_JUMPS);
    this.atS = untilS;
    this.recent = [];
    this.today = new DistinctCustomers();
    this.forgetAhead();
  }

  /** null if the newest record moves time. */
  pace(): TopicPace | null {
    if (this.quorum <= 1) return null;
    const { newest, perDay, days, today, recent, ahead, jumped, backfill } = this;
    return {
      ...{ newestS: newest, perDay, days, today: today.state() },
      ...{ recent: [...recent], ahead: ahead.state(), jumps: [...jumped] },
      backfill: backfill && { ...backfill, live: backfill.live.state() },
    };
  }

  private takeFar(customer: number, timeS: number, mark: BackfillMark | null): void {
    if (this.backfill !== null && mark === null) {
      this.backfill.live.add(customer, timeS);
      return;
    }
    this.ahead.add(customer, timeS);
    this.prove();
  }

  /** Moves time if the far records prove that it has jumped. */
  private prove(): void {
    const usual = Math.ceil(JUMP_SHARE * this.perDay * this.bucketDays);
    const enough = Math.max(this.quorum, usual);
    // Nothing is known yet of how fast the stream is.
    const proven = this.days === 0 ? this.ahead.provenAtAnyLength(enough) : this.ahead.proven(enough);
    if (proven === null) return;
    // A stream that begins, or that has become slow: its old rate would call each of its gaps a jump.
    if (this.days === 0 || this.ahead.days > this.bucketDays) {
      this.perDay = proven.perDay;
      this.days = 1;
    }
    const { ahead } = this;
    this.jumpTo(proven.untilS);
    // In a slow stream, joined buckets prove an instant long after it. What was heard since then is no silence, and proves the next one.
    if (ahead.days > 1) this.ahead = ahead.after(proven.untilS);
  }

  private takeNear(customer: number, timeS: number): void {
    const { recent } = this;
    const known = recent.findIndex((heard) => heard.customer === customer);
    if (known >= 0) recent.splice(known, 1);
    recent.push({ customer, timeS });
    const most = this.recentCustomers;
    if (recent.length > most) recent.splice(0, recent.length - most);
    if (timeS > this.atS) this.step(Math.floor(most / 2) + 1);
    this.today.add(customer);
  }

  /** To the instant that this many of the recent customers have passed. */
  private step(customers: number): void {
    if (this.recent.length < customers) return;
    const passedS = this.recent.map(({ timeS }) => timeS).sort((a, b) => b - a)[customers - 1]!;
    if (passedS <= this.atS) return;
    const [before, after] = [this.atS, passedS].map((atS) => Math.floor(atS / SECONDS_PER_DAY)) as [number, number];
    for (let day = before; day < after; day++) {
      this.days = Math.min(RATE_DAYS, this.days + 1);
      this.perDay += ((day === before ? this.today.count : 0) - this.perDay) / this.days;
    }
    if (after > before) this.today = new DistinctCustomers();
    this.atS = passedS;
    this.forgetAhead();
  }

  /** More in a busy stream, where they are heard in a few hours, so that a few clocks that are wrong never are the majority. */
  private get recentCustomers(): number {
    return Math.min(MOST_RECENT, Math.max(2 * this.quorum - 1, Math.floor(this.perDay * RECENT_SHARE)));
  }

  private get bucketDays(): number {
    if (this.perDay === 0) return 1;
    let days = 1;
    while (days * this.perDay < BUCKET_CUSTOMERS && days < MOST_BUCKET_DAYS) days *= 2;
    return days;
  }

  private get stepS(): number {
    return Math.max(STEP_DAYS, 2 * this.bucketDays) * SECONDS_PER_DAY;
  }

  private forgetAhead(): void {
    this.ahead = JumpEvidence.empty(this.bucketDays);
  }
}
