import type { Random } from '../../../src/domain/math/random';
import { below, chance } from './dice';

/** The caller's time-out: the request was dropped, its answer was lost, or it is still under way. */
export const UNANSWERED = Symbol('unanswered');
export type Reply<T> = T | typeof UNANSWERED;

/** A task in steps. At each yield, other tasks may run. */
export type Task<T> = Generator<undefined, T, undefined>;

/** Requests between workers and servers. A share of them is dropped, loses its answer or arrives late. */
export class Network {
  /** Requests that timed out for their callers and will still arrive. */
  private readonly late: (() => unknown)[] = [];
  readonly faults = { dropped: 0, answerLost: 0, late: 0 };

  constructor(
    private readonly random: Random,
    /** Share of requests that fail. */
    private lossy: number,
  ) {}

  *call<T>(request: () => T): Task<Reply<T>> {
    yield;
    if (!chance(this.random, this.lossy)) {
      const answer = request();
      yield;
      return answer;
    }
    const fate = below(this.random, 3);
    if (fate === 0) {
      this.faults.answerLost++;
      request();
    } else if (fate === 1) {
      this.faults.late++;
      this.late.push(request);
    } else this.faults.dropped++;
    yield;
    return UNANSWERED;
  }

  /** Lets one late request arrive. Returns false if there is none. */
  arrive(): boolean {
    if (this.late.length === 0) return false;
    const [request] = this.late.splice(below(this.random, this.late.length), 1);
    request!();
    return true;
  }

  heal(): void {
    this.lossy = 0;
  }
}
