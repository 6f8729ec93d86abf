import { SECONDS_PER_DAY } from '../event';
import { NEVER_S } from '../state/summary';

/** A silence up to this long needs no proof, seconds. */
const QUIET_S = 30 * SECONDS_PER_DAY;
/** Nor does one up to this many times the longest so far. */
const USUAL_TIMES = 2;
/** Customers who come back and so prove a longer one: at least so many, or all if there are fewer. */
const QUORUM = 3;
/** They are at least this share of the customers in the QUIET_S before it. Or as many customers come as there were, whoever they are. */
const USUAL_SHARE = 0.1;

/**
 * The time up to which a history goes on, in files and in what is written from them. A few rows with a wrong year must not make everybody else
 * look silent since. A stream has records that are older than others, and so another rule: TimeFront.
 */
export class ProvenTime {
  private provenS = NEVER_S;
  private longestS = 0;
  /** Last time of each customer, at least of those within QUIET_S of the proven time. */
  private readonly lately = new Map<string, number>();
  private prunedS = NEVER_S;
  /** The first customers, at most QUORUM. */
  private readonly first = new Set<string>();
  /** Customers after the silence, with their last time. */
  private readonly doubtful = new Map<string, number>();
  /** Those of them who were there before it. */
  private readonly returned = new Set<string>();
  private doubtfulS = NEVER_S;
  private enough = QUORUM;

  /** Seconds; NEVER_S before the first event. */
  get untilS(): number {
    return this.provenS;
  }

  /** Call it in the order of event time. An event that is older than others moves nothing. */
  take(customerId: string, timeS: number): void {
    if (timeS < this.provenS) return;
    if (this.provenS === NEVER_S || timeS - this.provenS <= this.quietS) {
      if (this.first.size < QUORUM) this.first.add(customerId);
      this.move(timeS);
      this.lately.set(customerId, timeS);
    } else this.doubt(customerId, timeS);
  }

  private doubt(customerId: string, timeS: number): void {
    if (this.doubtful.size === 0) {
      this.prune();
      this.enough = Math.max(this.first.size, Math.ceil(USUAL_SHARE * this.lately.size));
    }
    // Those before another long silence prove nothing.
    if (timeS - this.doubtfulS > this.quietS) this.forgetDoubtful();
    this.doubtful.set(customerId, timeS);
    if (this.lately.has(customerId)) this.returned.add(customerId);
    this.doubtfulS = timeS;
    const isAsBusy = this.doubtful.size >= Math.max(this.enough, this.lately.size);
    if (this.returned.size < this.enough && !isAsBusy) return;
    for (const [customer, lastS] of this.doubtful) this.lately.set(customer, lastS);
    this.move(timeS);
  }

  private forgetDoubtful(): void {
    this.doubtful.clear();
    this.returned.clear();
  }

  private move(timeS: number): void {
    if (this.provenS !== NEVER_S) this.longestS = Math.max(this.longestS, timeS - this.provenS);
    this.provenS = timeS;
    this.forgetDoubtful();
    this.doubtfulS = NEVER_S;
    if (timeS - this.prunedS > QUIET_S) this.prune();
  }

  /** Forgets who was silent for longer, so that memory does not grow with all customers. */
  private prune(): void {
    this.prunedS = this.provenS;
    for (const [customer, timeS] of this.lately)
      if (timeS < this.provenS - QUIET_S || timeS > this.provenS) this.lately.delete(customer);
  }

  private get quietS(): number {
    return Math.max(QUIET_S, USUAL_TIMES * this.longestS);
  }
}
