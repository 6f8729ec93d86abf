import type { Random } from '../../../src/domain/math/random';
import { below, chance } from './dice';

/** The caller's time-out: the request was dropped, its answer was lost, or it is still under way. */
export const UNANSWERED = Symbol('unanswered');
export type Reply<T> = T | typeof UNANSWERED;

/** A step of a task under way; each yield is a point where others may run. */
export type Task<T> = Generator<undefined, T, undefined>;

/** Requests between workers and servers, a share of which is dropped, loses its answer or arrives late. */
export class Network {
  /** Requests whose callers gave up and that still arrive. */
  private readonly late: (() => unknown)[] = [];
  readonly faults = { dropped: 0, answerLost: 0, late: 0 };

  constructor(
    private readonly random: Random,
    /** Share of requests that go wrong. */
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

  /** One late request arrives; false where there is none. */
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
